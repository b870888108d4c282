import { createHash } from 'node:crypto';
import type { Host } from '../../../lab/index.ts';
import type { Privilege } from '../../../src/config/types.ts';
import type { CommandSpec, HostRunner, Result, RunOptions } from '../../../src/exec/runner.ts';
import type { Answer } from '../../../src/host/answer.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import { parseFacts, parseRecord } from '../../../src/host/facts-parse.ts';
import { runProgram, transactionText } from '../../../src/host/host.ts';

/** Runs the programs inside a lab host without ssh: what is tested here is the host's side alone. */
export class LabRunner implements HostRunner {
  readonly host: string;
  executions = 0;
  readonly #machine: Host;
  readonly #user: string;

  constructor(machine: Host, user = 'root') {
    this.host = machine.name;
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
    options.signal?.addEventListener('abort', () => void running.kill('SIGKILL'));
    let shown = 0;
    const show = (final: boolean) => {
      const lines = running.output().stdout.slice(shown).split('\n');
      const rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line, 'stdout');
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

export interface App {
  app: string;
  path: string;
  user: string;
  privilege: Privilege;
}

/** A tree in memory: path → text of a file, `{link}` of a symbolic link. Folders follow from the paths. */
export type Tree = Readonly<Record<string, string | { link: string } | { text: string; mode: '755' }>>;

export interface Release {
  id: string;
  run: string;
  tree: Tree;
  base?: { id: string; tree: Tree };
  units?: Readonly<Record<string, string>>;
  dropins?: Readonly<Record<string, string>>;
  env?: string;
  params?: Readonly<Record<string, string | readonly string[]>>;
  services?: readonly string[];
  probes?: readonly string[];
  checks?: readonly string[];
  stableMs?: number;
}

export interface Ran {
  answer: Answer;
  record: Readonly<Record<string, readonly string[]>> | null;
  progress: string[];
  ms: number;
}

function manifestOf(tree: Tree): string[] {
  const folders = new Set<string>();
  const lines = Object.entries(tree).map(([path, entry]) => {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
    if (typeof entry === 'object' && 'link' in entry) return `l\t-\t${entry.link}\t${path}`;
    const text = typeof entry === 'string' ? entry : entry.text;
    const mode = typeof entry === 'string' ? '644' : entry.mode;
    return `f\t${mode}\t${createHash('sha256').update(text).digest('hex')}\t${path}`;
  });
  return [...lines, ...[...folders].map(path => `d\t755\t-\t${path}`)].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
}

function digestOf(tree: Tree): string {
  return createHash('sha256')
    .update(text(manifestOf(tree)))
    .digest('hex');
}

function text(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('');
}

function specOf(release: Partial<Release>, user: string): string {
  const own = new Set(Object.keys(release.units ?? {}));
  return text([
    `user ${user}`,
    `stable_ms ${release.stableMs ?? 600}`,
    'start_ms 5000',
    ...(release.services ?? []).map(unit => `service ${own.has(unit) ? 'file' : 'existing'} ${unit}`),
    ...(release.probes ?? []).map(words => `probe ${words}`),
    ...(release.checks ?? []).map(words => `check ${words}`),
  ]);
}

/** What the CLI does on one host, with tar in the place of rsync. */
export class Deployer {
  readonly runner: HostRunner;
  readonly machine: Host;
  readonly app: App;

  constructor(machine: Host, app: App, user = 'root') {
    this.runner = new LabRunner(machine, user);
    this.machine = machine;
    this.app = app;
  }

  async facts(services: readonly string[] = [], foreign: readonly string[] = []): Promise<HostFacts> {
    const { app, path, user, privilege } = this.app;
    const params = { app, path, user, unit: services, foreign };
    const call = { program: 'facts', privilege, params, deadlineMs: 60_000, mutates: false } as const;
    return parseFacts(await runProgram(this.runner, call), { id: app, path });
  }

  async stage(release: Release): Promise<string> {
    const lines = manifestOf(release.tree);
    const old = new Set(release.base ? manifestOf(release.base.tree) : []);
    const add = lines.filter(line => !old.has(line));
    const now = new Set(lines);
    const drop = [...old].filter(line => !now.has(line));
    const digest = digestOf(release.tree);
    const { privilege, ...app } = this.app;
    const params = {
      ...app,
      run: release.run,
      release: release.id,
      base: release.base?.id ?? '',
      digest,
      by: 'dana@example.com',
      mode: 'deploy',
    };
    const blobs = { add: text(add), drop: text(drop) };
    const answer = await runProgram(this.runner, {
      program: 'stage',
      privilege,
      params,
      blobs,
      deadlineMs: 60_000,
      mutates: true,
    });
    const partial = answer.get('partial');
    if (partial === undefined) throw new Error(`stage: ${answer.get('error')}: ${answer.get('detail')}`);
    return partial;
  }

  /** Puts the files of `tree` that differ from `base` into the partial tree, each by a rename as rsync does. */
  async upload(release: Release, partial: string): Promise<void> {
    const base = release.base?.tree ?? {};
    const names: string[] = [];
    let script = `set -e\ncd ${partial}\n`;
    for (const [path, entry] of Object.entries(release.tree)) {
      if (typeof entry === 'object' && 'link' in entry) continue;
      if (JSON.stringify(base[path]) === JSON.stringify(entry)) continue;
      const text = typeof entry === 'string' ? entry : entry.text;
      const mode = typeof entry === 'string' ? '644' : entry.mode;
      names.push(path);
      script += `printf %s '${Buffer.from(text).toString('base64')}' | base64 -d >'${path}.tmp'; chmod ${mode} '${path}.tmp'; mv '${path}.tmp' '${path}'\n`;
    }
    const user = this.app.privilege === 'none' ? { user: 'plain' } : {};
    const done = await this.machine.exec(['sh', '-s'], { input: script, ...user });
    if (done.code !== 0) throw new Error(`upload of ${names.length} files: ${done.stderr}`);
  }

  start(release: Release, extra: Readonly<Record<string, string | readonly string[]>> = {}, signal?: AbortSignal): Promise<Ran> {
    const { privilege, ...app } = this.app;
    const data = {
      ...app,
      privilege,
      run: release.run,
      mode: 'deploy',
      release: release.id,
      by: 'dana@example.com',
      digest: digestOf(release.tree),
      unit: release.services ?? [],
      keep: '5',
      fence_current: '-',
      fence_units: '-',
      ...release.params,
      ...extra,
    };
    const blobs: Record<string, string> = {
      spec: specOf(release, app.user),
      meta: text([
        `id=${release.id}`,
        `digest=${digestOf(release.tree)}`,
        'created=2026-11-21T00:00:00Z',
        `run=${release.run}`,
        'by=dana@example.com',
      ]),
    };
    for (const [unit, text] of Object.entries(release.units ?? {})) blobs[`unit.${unit}`] = text;
    for (const [unit, text] of Object.entries(release.dropins ?? {})) blobs[`dropin.${unit}`] = text;
    if (release.env !== undefined) blobs.env = release.env;
    const params = {
      ...app,
      run: release.run,
      mode: String(data.mode),
      release: release.id,
      by: 'dana@example.com',
      max_s: '120',
    };
    return this.#ran('start', params, { program: transactionText(data, blobs), 'plan.json': '{}\n' }, signal);
  }

  adopt(services: readonly string[]): Promise<Answer> {
    const { privilege, ...app } = this.app;
    const params = { ...app, run: 'r-adopt', release: 'adopted', link: app.path, unit: services, by: 'dana@example.com' };
    const blobs = {
      spec: specOf({ services, units: Object.fromEntries(services.map(unit => [unit, ''])), stableMs: 300 }, app.user),
    };
    return runProgram(this.runner, { program: 'adopt', privilege, params, blobs, deadlineMs: 60_000, mutates: true });
  }

  stop(run: string): Promise<Answer> {
    const { privilege, ...app } = this.app;
    return runProgram(this.runner, { program: 'stop', privilege, params: { ...app, run }, deadlineMs: 60_000, mutates: true });
  }

  follow(run: string): Promise<Ran> {
    const { privilege: _, ...app } = this.app;
    return this.#ran('follow', { ...app, run }, {});
  }

  async #ran(
    program: 'start' | 'follow',
    params: Record<string, string>,
    blobs: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Ran> {
    const progress: string[] = [];
    const began = performance.now();
    const answer = await runProgram(this.runner, {
      program,
      privilege: this.app.privilege,
      params,
      blobs,
      deadlineMs: 180_000,
      mutates: program === 'start',
      onProgress: line => progress.push(line),
      ...(signal && { signal }),
    });
    return { answer, record: parseRecord(answer.all('record')), progress, ms: performance.now() - began };
  }

  /** Facts, stage, upload, start: fenced by what the facts said. */
  async deploy(release: Release, params: Readonly<Record<string, string | readonly string[]>> = {}): Promise<Ran> {
    const own = Object.keys(release.units ?? {});
    const foreign = (release.services ?? []).filter(unit => !own.includes(unit));
    const facts = await this.facts(own, foreign);
    await this.upload(release, await this.stage(release));
    return this.start(release, {
      fence_current: facts.app?.current?.link ?? '-',
      fence_units: facts.app?.unitsDigest ?? '-',
      unit: own,
      foreign,
      ...params,
    });
  }
}
