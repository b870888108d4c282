import type { Host } from '../../../lab/index.ts';
import type { CommandSpec, HostRunner, Result, RunOptions } from '../../../src/exec/runner.ts';
import { appIn, apps } from '../../../src/host/facts/apps.ts';
import { paramsOf, parseFacts } from '../../../src/host/facts/section.ts';
import type { AppFacts, HostFacts } from '../../../src/host/facts/types.ts';
import { runProgram } from '../../../src/host/host.ts';
import { appConfig } from '../../support/app-config.ts';
import type { App } from './deployer.ts';

/** Runs the programs inside a lab host without ssh: what is tested here is the host's side alone. */
export class LabRunner implements HostRunner {
  readonly host: string;
  executions = 0;
  /** Progress lines of all that it ran. */
  readonly progress: string[] = [];
  readonly #machine: Host;
  readonly #user: string;

  readonly #signal: AbortSignal | undefined;

  /** The signal kills what runs, as the end of a connection does. */
  constructor(machine: Host, user = 'root', signal?: AbortSignal) {
    this.host = machine.name;
    this.#signal = signal;
    this.#machine = machine;
    this.#user = user;
  }

  async run(spec: CommandSpec, options: RunOptions = {}): Promise<Result> {
    this.executions += 1;
    const started = performance.now();
    const running = this.#machine.spawn([spec.program, ...spec.args], {
      user: this.#user,
      timeoutMs: spec.deadlineMs,
      ...(spec.stdin === undefined ? {} : { input: spec.stdin }),
    });
    for (const signal of [options.signal, this.#signal]) signal?.addEventListener('abort', () => void running.kill('SIGKILL'));
    let shown = 0;
    const show = (final: boolean) => {
      const lines = running.output().stdout.slice(shown).split('\n');
      const rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, progress] = /^@[0-9a-f]{32} progress (.*)$/.exec(line) ?? [];
        if (progress !== undefined) this.progress.push(progress);
        options.onLine?.(line, 'stdout');
      }
      shown = running.output().stdout.length - (final ? 0 : rest.length);
    };
    const poll = setInterval(show, 20, false);
    const ended = await running.done;
    clearInterval(poll);
    show(true);
    return {
      exit: ended.code,
      reason: ended.code === null ? 'signal' : 'exited',
      stdout: ended.stdout,
      stderr: ended.stderr,
      durationMs: performance.now() - started,
    };
  }

  upload(): Promise<Result> {
    throw new Error('the programs are tested without rsync');
  }

  async close(): Promise<void> {}
}

/** What a host says of itself and of an app, with these of its units. */
export async function factsOf(
  runner: HostRunner,
  { app: id, path, user, privilege }: App,
  { own = [], foreign = [] }: { own?: readonly string[]; foreign?: readonly string[] } = {},
): Promise<HostFacts & { app: AppFacts | null }> {
  const services = [
    ...own.map(unit => ({ kind: 'file' as const, unit, file: unit })),
    ...foreign.map(unit => ({ kind: 'existing' as const, unit })),
  ];
  const sections = [apps.ask({ apps: [appConfig({ id, path, user, services })], knownManifests: [] })];
  const call = { program: 'facts', privilege, params: paramsOf(sections), deadlineMs: 60_000, mutates: false } as const;
  const facts = parseFacts(await runProgram(runner, call), sections);
  return { ...facts, app: appIn(facts, { id }) };
}
