import { OpsError } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { notAnswering, notOurAddress } from '../tailnet/connection-error.ts';
import { dial } from '../tailnet/dial.ts';
import { isOurEnd } from '../tailnet/source.ts';
import type { TailnetStatus } from '../tailnet/types.ts';
import type { Greeting, WayIn } from './view.ts';

/** For the connection and the banner together. WireGuard repeats a lost first handshake after 5 s: a fresh node is given that chance. */
const TIMEOUT_MS = 8_000;
const BANNER = /^SSH-\S/;

/**
 * Reads the banner of the ssh port. `status` is null with --via, which goes round the tailnet: then whose end it is
 * says nothing, and the pinned host key alone decides.
 */
export async function readGreeting(
  runner: Runner,
  way: WayIn,
  status: TailnetStatus | null,
  signal: AbortSignal | undefined,
): Promise<Greeting> {
  if (way.proxy) return readThroughProxy(runner, way, way.proxy);
  const reached = await dial(way.address, way.port, { timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) });
  if (!reached.ok) throw notAnswering(way, reached.code, reached.message);
  if (status && !isOurEnd(reached.localAddress, status)) throw notOurAddress(way, reached.localAddress);
  if (reached.banner === null) throw notSsh(way);
  return { banner: reached.banner, ms: reached.ms };
}

/** Without a TUN device tailscaled itself carries the connection, so its far end is the node. */
async function readThroughProxy(runner: Runner, way: WayIn, proxy: readonly string[]): Promise<Greeting> {
  const [program = '', ...args] = proxy;
  const result = await runner.run(
    // nc ends as soon as its input does, the answer still on its way.
    { program, environment: 'tailscale', args, holdStdin: true, deadlineMs: TIMEOUT_MS, mutates: false },
    { stopWhen: (line, stream) => stream === 'stdout' && BANNER.test(line) },
  );
  const line = result.stdout.split(/\r?\n/).find(candidate => BANNER.test(candidate));
  if (line !== undefined) return { banner: line.trimEnd(), ms: result.durationMs };
  if (result.reason === 'deadline') throw notAnswering(way, 'timeout', `no answer within ${TIMEOUT_MS} ms`);
  if (result.stdout !== '') throw notSsh(way);
  throw notAnswering(way, 'unreachable', result.stderr.trim() || 'tailscale nc gave no answer');
}

function notSsh(way: WayIn): OpsError {
  return new OpsError('ssh-banner', 'host-silent', `what listens on port ${way.port} of ${way.fqdn} is no ssh server`, {
    hint: `check port of the host in ops.yaml: ssh-keyscan -p ${way.port} ${way.address}`,
  });
}
