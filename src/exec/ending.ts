import { atExit } from './at-exit.ts';

interface Pipe {
  on(event: 'data', listener: () => void): unknown;
  destroy(): unknown;
}

/** A program that was started, as far as its end goes. */
interface Child {
  nodeChildProcess: { once(event: 'exit', listener: () => void): unknown; unref(): void };
  stdout?: Pipe | null;
  stderr?: Pipe | null;
  kill(signal: 'SIGKILL'): boolean;
}

/** Between SIGTERM and SIGKILL. */
export const GRACE_MS = 1_000;
/** How long the pipes of a program that has ended are silent when nothing more is to come. */
const SILENCE_MS = 500;
/** From the first signal to the result, whoever is still there then: a program that became root is not ours to end. */
const GIVE_UP_MS = GRACE_MS + 2 * SILENCE_MS;

/**
 * What becomes of a program, whatever it does: null when it could not be ended after `ending` said so. It is over when it has ended;
 * others may hold its pipes open for as long as they like.
 */
export async function outcomeOf<T>(child: Child & PromiseLike<T>, ending: AbortSignal): Promise<T | null> {
  child.nodeChildProcess.once('exit', () => closeWhenSilent(child));
  let late: NodeJS.Timeout | undefined;
  const givenUp = new Promise<null>(resolve => {
    ending.addEventListener('abort', () => (late = setTimeout(resolve, GIVE_UP_MS, null)), { once: true });
  });
  const outcome = await Promise.race([child, givenUp]);
  clearTimeout(late);
  // The rest of its group, where the program itself went at the first signal.
  if (ending.aborted) child.kill('SIGKILL');
  if (outcome === null) {
    close(child);
    child.nodeChildProcess.unref();
  }
  return outcome;
}

function closeWhenSilent(child: Child): void {
  // Behind a turn that reads: after work that held everything up, the pipes are full.
  const silence = setTimeout(() => setImmediate(close, child), SILENCE_MS).unref();
  for (const pipe of [child.stdout, child.stderr]) pipe?.on('data', () => silence.refresh());
}

function close({ stdout, stderr }: Child): void {
  stdout?.destroy();
  stderr?.destroy();
}

/** In a group of its own no terminal ends it: what still runs when this process ends goes with it. */
export function endWithUs(child: Child & PromiseLike<unknown>): void {
  const callOff = atExit(() => child.kill('SIGKILL'));
  child.then(callOff, callOff);
}
