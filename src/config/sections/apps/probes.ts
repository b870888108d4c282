import * as z from 'zod';
import { isPresent, type Partly } from '../../draft.ts';
import { milliseconds } from '../../duration.ts';
import { duration, httpUrl, integer, map, probeId, serviceId, tcpAddress, text } from '../../fields.ts';
import { serviceUnit } from './services.ts';
import type { ProbeConfig } from './types.ts';

const status = integer('an HTTP status', 100, 599);
export const probe = z.strictObject(
  {
    id: probeId.optional().describe('Name in reports. Default: http-1, tcp-2, …'),
    http: httpUrl.optional().describe("URL that must answer; {host} stands for the host's MagicDNS name."),
    tcp: tcpAddress.optional().describe('HOST:PORT that must accept a connection.'),
    from: z
      .enum(['host', 'operator'], { error: 'expected host or operator' })
      .optional()
      .describe('Where it is asked from. Default: host. From the operator only hosts of ops.yaml are asked.'),
    status: z
      .union([status, z.array(status).min(1, { error: 'expected at least one HTTP status' })], {
        error: 'expected an HTTP status, or a list of them',
      })
      .optional()
      .describe('Accepted status codes. Default: 200.'),
    contains: text('text that the body contains')
      .optional()
      .describe('Text that the body must contain; {commit}, {release} and {digest} stand for what is deployed.'),
    through: serviceId.optional().describe("Another unit that holds the port, such as nginx: then the app's own need not."),
    attempts: integer('a number of attempts', 1, 1000).optional().describe('Default: 12.'),
    interval: duration('100ms', '10m').optional().describe('Pause between attempts. Default: 1s.'),
    timeout: duration('100ms', '5m').optional().describe('Limit of one attempt. Default: 2s.'),
  },
  map,
);

export function normalizeProbe(written: Partly<z.infer<typeof probe>>, index: number): ProbeConfig {
  const kind = written.http === undefined && written.tcp !== undefined ? 'tcp' : 'http';
  const status = written.status ?? 200;
  return {
    id: written.id ?? `${kind}-${index + 1}`,
    kind,
    target: written.http ?? written.tcp ?? '',
    from: written.from ?? 'host',
    status: typeof status === 'number' ? [status] : status.filter(isPresent),
    contains: written.contains ?? null,
    through: written.through === undefined ? null : serviceUnit(written.through),
    attempts: written.attempts ?? 12,
    intervalMs: milliseconds(written.interval ?? '1s'),
    timeoutMs: milliseconds(written.timeout ?? '2s'),
  };
}
