import type { Duplex } from 'node:stream';
import { execa } from 'execa';
import { environmentOf, type LocalProgram } from './environment.ts';
import type { LocalSpec, Result, Runner, RunOptions } from './runner.ts';

/** What one command may print before it is ended: a host is not trusted to stop by itself. */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 1_000;

/** Runs commands on this machine. The only place that spawns. */
export class LocalRunner implements Runner {
  async run(spec: LocalSpec, options: RunOptions = {}): Promise<Result> {
    const started = performance.now();
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
    const child = execa(spec.program, spec.args, {
      reject: false,
      timeout: spec.deadlineMs,
      cancelSignal: signal,
      forceKillAfterDelay: GRACE_MS,
      maxBuffer: MAX_OUTPUT,
      stripFinalNewline: false,
      buffer: { stdout: !spec.stdoutByLine },
      // An argument vector only: no shell ever sees it.
      shell: false,
      // A terminal sends Ctrl-C to its whole process group: what is ended, and when, is for ops alone to decide.
      detached: true,
      windowsHide: true,
      env: environmentOf(spec.environment),
      extendEnv: false,
      stdin: spec.stdin === undefined && !spec.holdStdin ? 'ignore' : 'pipe',
    });
    watchLines(child.stdout, 'stdout', options, stop);
    watchLines(child.stderr, 'stderr', options, stop);
    // By hand: what execa is given as its input it keeps in memory, in several copies, until the program ends.
    if (spec.stdin !== undefined) child.stdin?.end(spec.stdin);
    const ended = await child;
    return {
      exit: ended.exitCode ?? null,
      reason: reasonOf(ended, stop.signal.aborted),
      stdout: ended.stdout ?? '',
      stderr: ended.stderr ?? '',
      durationMs: performance.now() - started,
    };
  }
}

/** A program that carries bytes as one stream: what is written goes in, what it prints comes out. It has to end when its stdin does. */
export function openStream(environment: LocalProgram, [program = '', ...args]: readonly string[]): Duplex {
  return execa(program, args, {
    shell: false,
    detached: true,
    windowsHide: true,
    env: environmentOf(environment),
    extendEnv: false,
    encoding: 'buffer',
  }).duplex();
}

interface Ended {
  exitCode?: number | undefined;
  code?: string | undefined;
  timedOut: boolean;
  isCanceled: boolean;
  isTerminated: boolean;
}

function reasonOf(ended: Ended, stopped: boolean): Result['reason'] {
  if (ended.timedOut) return 'deadline';
  if (ended.isCanceled) return stopped ? 'stopped' : 'canceled';
  if (ended.exitCode !== undefined) return 'exited';
  if (ended.isTerminated) return 'signal';
  return ended.code === 'ENOENT' ? 'not-found' : 'not-started';
}

type OutputStream = { on(event: 'data', listener: (chunk: Buffer) => void): unknown } | null | undefined;

/** A carriage return at the very end may be the first half of a line's end. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/** Hands whole lines to the listeners as they come; the last unfinished line counts too, since prompts end without a newline. */
function watchLines(stream: OutputStream, name: 'stdout' | 'stderr', options: RunOptions, stop: AbortController): void {
  if (!options.onLine && !options.stopWhen) return;
  let rest = '';
  const decoder = new TextDecoder();
  stream?.on('data', chunk => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(LINE_END);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      options.onLine?.(line, name);
      if (options.stopWhen?.(line, name)) stop.abort();
    }
    if (rest !== '' && options.stopWhen?.(rest, name)) stop.abort();
  });
}

/** The runner that preflight gets: it refuses to change anything. */
export function readOnly(runner: Runner, refuse: (spec: LocalSpec) => never): Runner {
  return { run: (spec, options) => (spec.mutates ? refuse(spec) : runner.run(spec, options)) };
}
