import { type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';

/** How a program ended. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** Milliseconds; then the whole process group is killed. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Milliseconds to wait for what takes seconds at most on an idle machine: it has to come also when others keep every
 * processor busy, and where something ended instead, that is said at once.
 */
export const PATIENCE = 60_000;

/** Raised by the lab when a step of its own fails; the message is for people. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** Runs a program to its end; never rejects for an exit status, only when it cannot be started. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(argv, options).done;
}

/** Runs a program and rejects with its output unless it exits 0. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ended = await run(argv, options);
  if (ended.code === 0) return ended.stdout;
  const how = ended.signal ?? `exit ${ended.code}`;
  throw new LabError(`${argv.join(' ')}: ${how}\n${(ended.stderr || ended.stdout).trimEnd().split('\n').slice(-15).join('\n')}`);
}

export interface Started {
  readonly pid: number;
  readonly done: Promise<Ended>;
  /** What was printed until now. */
  output(): { stdout: string; stderr: string };
}

/** Starts a program in a process group of its own. */
export function start(argv: readonly string[], options: RunOptions = {}): Started {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
  } satisfies SpawnOptions);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    into.push(chunk);
    options.onOutput?.(chunk.toString());
  };
  child.stdout?.on('data', collect(out));
  child.stderr?.on('data', collect(err));
  child.stdin?.on('error', () => {}); // a program may end without reading its input
  child.stdin?.end(options.input);
  const output = () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
  const done = new Promise<Ended>((resolve, reject) => {
    const timer =
      options.timeoutMs === undefined ? undefined : setTimeout(() => child.pid && killGroup(child.pid), options.timeoutMs);
    child.on('error', reject);
    // Something it left behind may hold its output open for ever: what comes later than a second after its end is not its own.
    let late: NodeJS.Timeout | undefined;
    child.on('exit', () => {
      clearTimeout(timer);
      const letGo = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      // What came within that second is read first, even when this process was too busy to look until now.
      late = setTimeout(() => setImmediate(letGo), 1000);
    });
    child.on('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code, signal, ...output() });
    });
  });
  return { pid: child.pid ?? 0, done, output };
}

/** Starts a program that outlives this one, its output appended to `logFile`; returns its pid. */
export function launch(argv: readonly string[], logFile: string): number {
  const log = openSync(logFile, 'a');
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  child.on('error', () => {}); // seen by its caller as something that never gets ready
  child.unref();
  return child.pid ?? 0;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself in between
  }
}

/** Polls until `look` gives something other than undefined or false; rejects with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T> | T,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (performance.now() > end) throw new LabError(`gave up after ${timeoutMs / 1000} s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** As `until`, for something that only the launched process `pid` can bring about: rejects as soon as that has ended. */
export function untilFrom<T>(
  pid: number,
  what: string,
  timeoutMs: number,
  look: () => T,
): Promise<Exclude<T, undefined | false>> {
  return until(what, timeoutMs, () => {
    const seen = look();
    if (!seen && !existsSync(`/proc/${pid}`)) throw new LabError(`ended before it was ready: ${what}`);
    return seen;
  });
}
