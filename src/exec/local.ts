import type { Duplex } from 'node:stream';
import { execa, execaSync } from 'execa';
import { endWithUs, GRACE_MS, outcomeOf } from './ending.ts';
import { environmentOf, type LocalProgram } from './environment.ts';
import type { LocalSpec, Result, Runner, RunOptions } from './runner.ts';

/** What one command may print before it is ended: a host is not trusted to stop by itself. */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** The same of what it complains of, where its output goes by lines, and of one line of those. */
const MAX_COMPLAINT = 1024 * 1024;
const MAX_LINE = 1024 * 1024;

/** Why a program was ended from here. */
type Ending = 'deadline' | 'stopped' | 'canceled' | 'too-much';

const COMMON = {
  // An argument vector only: no shell ever sees it.
  shell: false,
  // A terminal sends Ctrl-C to its whole process group: what is ended, and when, is for ops alone to decide.
  detached: true,
  // … and then with all that it started, as far as that has stayed in its group.
  killDescendants: true,
  windowsHide: true,
} as const;

/** Runs commands on this machine. The only place that spawns. */
export class LocalRunner implements Runner {
  async run(spec: LocalSpec, options: RunOptions = {}): Promise<Result> {
    const started = performance.now();
    const ending = new AbortController();
    const end = (why: Ending) => ending.abort(why);
    const child = execa(spec.program, spec.args, {
      ...COMMON,
      reject: false,
      cancelSignal: ending.signal,
      forceKillAfterDelay: GRACE_MS,
      maxBuffer: spec.stdoutByLine ? MAX_COMPLAINT : MAX_OUTPUT,
      stripFinalNewline: false,
      buffer: { stdout: !spec.stdoutByLine },
      env: environmentOf(spec.environment),
      extendEnv: false,
      stdin: spec.stdin === undefined && !spec.holdStdin ? 'ignore' : 'pipe',
    });
    endWithUs(child);
    const outcome = outcomeOf(child, ending.signal);
    const flushes = (['stdout', 'stderr'] as const).map(name => watchLines(child[name], name, options, end));
    // By hand: what execa is given as its input it keeps in memory, in several copies, until the program ends.
    if (spec.stdin !== undefined) child.stdin?.end(spec.stdin);
    const deadline = setTimeout(() => end('deadline'), spec.deadlineMs);
    const cancel = () => end('canceled');
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted) cancel();
    const ended = (await outcome) ?? LEFT;
    for (const flush of flushes) flush();
    clearTimeout(deadline);
    options.signal?.removeEventListener('abort', cancel);
    return {
      exit: ended.exitCode ?? null,
      reason: ended.isCanceled ? (ending.signal.reason as Ending) : reasonOf(ended),
      stdout: ended.stdout ?? '',
      stderr: ended.stderr ?? '',
      durationMs: performance.now() - started,
    };
  }
}

/** For moments in which nothing can be waited for, such as the end of this process. What comes of it is not known. */
export function runNow(spec: LocalSpec): void {
  execaSync(spec.program, spec.args, {
    shell: false,
    reject: false,
    timeout: spec.deadlineMs,
    killSignal: 'SIGKILL',
    stdio: 'ignore',
    env: environmentOf(spec.environment),
    extendEnv: false,
  });
}

/** A program that carries bytes as one stream: what is written goes in, what it prints comes out. It has to end when its stdin does. */
export function openStream(environment: LocalProgram, [program = '', ...args]: readonly string[]): Duplex {
  const child = execa(program, args, { ...COMMON, env: environmentOf(environment), extendEnv: false, encoding: 'buffer' });
  endWithUs(child);
  return child.duplex();
}

interface Ended {
  exitCode?: number | undefined;
  isMaxBuffer: boolean;
  code?: string | undefined;
  isCanceled: boolean;
  isTerminated: boolean;
  stdout?: string | undefined;
  stderr?: string | undefined;
}

/** What is known of a program that could not be ended. */
const LEFT: Ended = { isCanceled: true, isTerminated: false, isMaxBuffer: false };

function reasonOf(ended: Ended): Result['reason'] {
  if (ended.isMaxBuffer) return 'too-much';
  if (ended.exitCode !== undefined) return 'exited';
  if (ended.isTerminated) return 'signal';
  return ended.code === 'ENOENT' ? 'not-found' : 'not-started';
}

type OutputStream = { on(event: 'data', listener: (chunk: Buffer) => void): unknown } | null | undefined;

/** A carriage return at the very end may be the first half of a line's end. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * Hands whole lines to the listeners as they come; the last unfinished line counts too, since prompts end without a newline. What
 * is returned hands on what stands behind the last of them.
 */
function watchLines(
  stream: OutputStream,
  name: 'stdout' | 'stderr',
  options: RunOptions,
  end: (why: Ending) => void,
): () => void {
  if (!options.onLine && !options.stopWhen) return () => undefined;
  let rest = '';
  const decoder = new TextDecoder();
  stream?.on('data', chunk => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(LINE_END);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      options.onLine?.(line, name);
      if (options.stopWhen?.(line, name)) end('stopped');
    }
    if (rest.length > MAX_LINE) {
      rest = '';
      end('too-much');
    }
    if (rest !== '' && options.stopWhen?.(rest, name)) end('stopped');
  });
  return () => {
    if (rest !== '') options.onLine?.(rest, name);
  };
}

/** The runner that preflight gets: it refuses to change anything. */
export function readOnly(runner: Runner, refuse: (spec: LocalSpec) => never): Runner {
  return { run: (spec, options) => (spec.mutates ? refuse(spec) : runner.run(spec, options)) };
}
