import type { CommandSpec, LocalSpec, Result, Runner, RunOptions } from '../../src/exec/runner.ts';

/** What a program does when it is run: a result, or what is missing of one. Lines go through stopWhen as a real runner's do. */
export type Script = (spec: CommandSpec) => Partial<Result>;

/** Answers from a script and records what was asked. */
export class ScriptedRunner implements Runner {
  readonly ran: LocalSpec[] = [];
  readonly results: Result[] = [];
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  async run(spec: LocalSpec, options: RunOptions = {}): Promise<Result> {
    this.ran.push(spec);
    const result: Result = { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 1, ...this.#script(spec) };
    for (const line of result.stderr.split(/\r?\n/)) options.onLine?.(line, 'stderr');
    const lines = result.stdout.split('\n');
    const stop = lines.findIndex(line => options.stopWhen?.(line, 'stdout'));
    const ended: Result =
      stop < 0 ? result : { ...result, exit: null, reason: 'stopped', stdout: lines.slice(0, stop + 1).join('\n') };
    this.results.push(ended);
    return ended;
  }

  /** Program and arguments of each run, as one line. */
  get commands(): string[] {
    return this.ran.map(spec => [spec.program, ...spec.args].join(' '));
  }
}

export const notFound: Partial<Result> = { exit: null, reason: 'not-found' };
