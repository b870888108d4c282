import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';

export const ROOT = new URL('..', import.meta.url).pathname;

export interface Ended {
  /** Exit status; 1 when a signal ended it, 127 when it could not be started. */
  readonly code: number;
  /** What it printed, stdout and stderr as they came. */
  readonly output: string;
}

export interface ProgramOptions {
  /** Also show the output while it comes. */
  readonly live?: boolean;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Output goes through a pipe, so whoever writes it cannot see whether a terminal is at its end. */
const COLOR: Record<string, string> = process.stderr.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };

const running = new Set<ChildProcess>();
let stopping = false;

/** Runs a program in the root of the project, this project's own tools first on PATH. Never rejects. */
export function runProgram(argv: readonly string[], { live = false, input, env = {} }: ProgramOptions = {}): Promise<Ended> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: ROOT,
    // A group of its own: whatever it starts ends with it.
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...COLOR, ...env, PATH: `${ROOT}node_modules/.bin${delimiter}${process.env.PATH ?? ''}` },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (live) process.stderr.write(text);
    });
  }
  child.stdin?.on('error', () => {}); // it may end without reading
  child.stdin?.end(input);
  return new Promise(resolve => {
    const end = (code: number) => {
      running.delete(child);
      // Nobody shall draw a conclusion from what was cut off.
      if (!stopping) resolve({ code, output });
    };
    child.on('error', error => {
      output += `${error.message}\n`;
      end(127);
    });
    child.on('close', code => end(code ?? 1));
  });
}

/** Ctrl-C and SIGTERM end every program that still runs, its children too, and then this process. */
export function endProgramsWithUs(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      stopping = true;
      process.stderr.write('\nStopping…\n');
      for (const child of running) endGroup(child, 'SIGTERM');
      setTimeout(() => {
        for (const child of running) endGroup(child, 'SIGKILL');
        process.exit(code);
      }, 3_000);
      const wait = setInterval(() => {
        if (running.size > 0) return;
        clearInterval(wait);
        process.exit(code);
      }, 50);
    });
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It ended by itself.
  }
}
