import type { Runner } from '../exec/runner.ts';
import type { SshRunner } from '../exec/ssh.ts';
import type { Greeting } from '../exec/ssh-greeting.ts';
import { noSshServer } from '../exec/turned-away.ts';
import { notAnswering, notOurAddress } from '../tailnet/connection-error.ts';
import { dial } from '../tailnet/dial.ts';
import { isOurEnd } from '../tailnet/source.ts';
import type { TailnetStatus } from '../tailnet/types.ts';
import { errorOf } from './finding.ts';
import type { WayIn } from './view.ts';

/** As ssh has it for a connection and the banner together. */
const TIMEOUT_MS = 8_000;
const BANNER = /^SSH-\S/;

/** Told by the login of what is no matter of the login: the port, and what is behind it. */
const OF_THE_PORT = new Set([
  'ssh-refused',
  'ssh-timeout',
  'ssh-unreachable',
  'ssh-turned-away',
  'ssh-banner',
  'not-our-address',
]);

/**
 * What greets a login: nobody needs a connection of its own for that, which sshd would hold against this machine. Null where ssh did
 * not tell, which is no word about the host.
 */
export async function greetingOf(session: SshRunner, login: () => Promise<unknown>): Promise<Greeting | null> {
  const ended = errorOf(login());
  const greeting = await session.greeting;
  if (greeting !== null) return greeting;
  const error = await ended;
  if (error !== null && OF_THE_PORT.has(error.code)) throw error;
  return null;
}

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
  if (reached.banner === null) throw noSshServer(way.fqdn, way.port);
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
  if (result.stdout !== '') throw noSshServer(way.fqdn, way.port);
  throw notAnswering(way, 'unreachable', result.stderr.trim() || 'tailscale nc gave no answer');
}
