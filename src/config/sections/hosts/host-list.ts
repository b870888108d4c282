import * as z from 'zod';
import { isPresent, type Partly } from '../../draft.ts';
import { hostId } from '../../fields.ts';
import type { Flaw, KeyPath } from '../../flaw.ts';
import { suggest } from '../../suggest.ts';
import type { RuleContext } from '../section.ts';
import type { HostsDraft } from './schema.ts';
import type { HostsConfig } from './types.ts';

const expected = 'expected a host, or a list of hosts';

/** How an entry of another section says on which hosts it is. */
export const hostList = z.union([hostId, z.array(hostId, { error: expected }).min(1, { error: 'expected at least one host' })], {
  error: expected,
});

type HostList = Partly<z.infer<typeof hostList>> | undefined;

export function hostIds(written: HostList = []): string[] {
  return typeof written === 'string' ? [written] : written.filter(isPresent);
}

/** Hosts that are unknown or named twice. No host is called unknown when it is the map of hosts that is broken. */
export function findHostProblems(
  written: HostList = [],
  path: KeyPath,
  { config: { hosts }, draft, intact }: RuleContext<HostsConfig, HostsDraft>,
): Flaw[] {
  if (draft.hosts === undefined && !intact(['hosts'])) return [];
  if (typeof written === 'string') return unknownHost(written, path, hosts);
  return written.flatMap((host, index) => {
    const at = [...path, index];
    if (host === undefined) return [];
    if (written.indexOf(host) < index) return [{ path: at, message: `named twice: ${host}` }];
    return unknownHost(host, at, hosts);
  });
}

function unknownHost(host: string, path: KeyPath, hosts: HostsConfig['hosts']): Flaw[] {
  if (host in hosts) return [];
  const known = [...Object.keys(hosts), 'local'];
  const near = suggest(host, known);
  return [{ path, message: `unknown host ${host}; ${near ? `did you mean ${near}?` : `expected ${known.join(', ')}`}` }];
}
