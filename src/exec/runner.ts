import type { LocalProgram } from './environment.ts';

/** A command is a value, built by a pure function; who runs it decides where. Quoting happens once, in ssh.ts. */
export interface CommandSpec {
  program: string;
  args: readonly string[];
  /** Sent to the program's standard input, then closed. Without it stdin is empty. */
  stdin?: string | Uint8Array;
  /** Keeps standard input open and silent instead: some programs end when it does. */
  holdStdin?: boolean;
  /** What it prints on stdout is for onLine only: without this all of it is in the result as well. */
  stdoutByLine?: boolean;
  /** Wall-clock limit in milliseconds; the program is killed when it passes. */
  deadlineMs: number;
  /** False for anything that only reads. Preflight gets a runner that refuses `mutates: true`. */
  mutates: boolean;
}

/** One for this machine: nothing starts here without an environment that was chosen for it. */
export interface LocalSpec extends CommandSpec {
  environment: LocalProgram;
}

export interface RunOptions {
  signal?: AbortSignal;
  /** Called with each line (without its end, which may be a carriage return, and missing at the last), as it arrives. Not sanitised: report/ does that. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends the command at once when it returns true for a line: used for prompts that would wait for ever. */
  stopWhen?: (line: string, stream: 'stdout' | 'stderr') => boolean;
}

/** Success and failure have one shape; nothing is thrown for a program that failed. */
export interface Result {
  /** null when the program never started or was ended by a signal. */
  exit: number | null;
  /** too-much: it printed more than one program may. */
  reason: 'exited' | 'signal' | 'deadline' | 'stopped' | 'canceled' | 'too-much' | 'not-found' | 'not-started';
  stdout: string;
  stderr: string;
  durationMs: number;
}

export interface Runner {
  run(spec: LocalSpec, options?: RunOptions): Promise<Result>;
}

/** Regular files from a folder here into a folder there, never through a symlink on either side. */
export interface Upload {
  /** Absolute folder here. */
  from: string;
  /** Absolute real folder there. */
  to: string;
  /** Paths relative to both. */
  files: readonly string[];
  /** Words put before the remote rsync, e.g. `sudo -n`: uploads are written as root. */
  as: readonly string[];
  deadlineMs: number;
}

/** A runner for one host: over ssh, or the machine itself when the host is `local`. It chooses the environments itself. */
export interface HostRunner extends Runner {
  readonly host: string;
  /** Remote executions so far: ssh channels that ran a program, rsync included. */
  readonly executions: number;
  run(spec: CommandSpec, options?: RunOptions): Promise<Result>;
  upload(upload: Upload, options?: RunOptions): Promise<Result>;
  close(): Promise<void>;
}
