import type { Result } from './runner.ts';
import { isAtLeast } from './version.ts';

/**
 * Makes ssh tell how a server greets it, whatever the LogLevel: so nobody needs a connection of its own for that, which sshd would
 * hold against this machine because nobody logs in over it.
 */
export const TELLS_GREETING = 'LogVerbose=kex.c:kex_exchange_identification():*';

/** What greeted us on the ssh port, and how long it took to. */
export interface Greeting {
  banner: string;
  ms: number;
}

/** Older clients know no LogVerbose. */
export function tellsGreeting(client: string | null): boolean {
  return client === null || isAtLeast(client, '8.5');
}

/** Before these words, as LogVerbose has it: where in its source ssh says them. */
const TOLD = /^(?:debug\d: )?kex\.c:kex_exchange_identification\(\):\d+ \(pid=\d+\): (.*)$/;
const VERSION = /^Remote protocol version (\S+), remote software version (.+)$/;
/** What ssh says without being asked to, or what a server said in the place of a version. */
const KEPT = /^(?:read: |Connection |banner line )/;

/** The version line of a server, from one line of ssh's stderr; null where the line tells none. */
export function bannerIn(line: string): string | null {
  const [, protocol, software] = VERSION.exec(TOLD.exec(line)?.[1] ?? '') ?? [];
  return software === undefined ? null : `SSH-${protocol}-${software}`;
}

/** The result as ssh gives it without being asked to tell. */
export function withoutGreeting(result: Result): Result {
  const lines = result.stderr.split('\n').flatMap(line => {
    const said = TOLD.exec(line.trimEnd())?.[1];
    if (said === undefined) return [line];
    return KEPT.test(said) ? [`kex_exchange_identification: ${said}`] : [];
  });
  return { ...result, stderr: lines.join('\n') };
}
