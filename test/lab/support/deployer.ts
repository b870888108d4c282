import type { Host } from '../../../lab/index.ts';
import type { AppConfig, Config, HostConfig, Privilege } from '../../../src/config/types.ts';
import { DEPLOY } from '../../../src/deploy/capability.ts';
import { backOrder, confirmOrder, deployOrder, orderWithoutFiles, stageOrder } from '../../../src/deploy/execute/order.ts';
import { adoptableLink, planDeploy } from '../../../src/deploy/plan/deploy.ts';
import { planPrune } from '../../../src/deploy/plan/prune.ts';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import { planRollback } from '../../../src/deploy/plan/rollback.ts';
import type { Contents } from '../../../src/deploy/release/contents.ts';
import { digestsOf, filesOnHost, variableDigests } from '../../../src/deploy/release/installed.ts';
import { compareManifests, type Difference } from '../../../src/deploy/source/manifest.ts';
import type { DeployHostPlan, DeployPlan } from '../../../src/deploy/steps.ts';
import type { Answer } from '../../../src/host/answer.ts';
import { parseRecord } from '../../../src/host/facts/runs.ts';
import type { AppFacts, HostFacts } from '../../../src/host/facts/types.ts';
import { foldersToTake } from '../../../src/host/facts/unsafe.ts';
import { runProgram } from '../../../src/host/host.ts';
import { FORGET } from '../../../src/hosts/forget/capability.ts';
import { forgetOrder } from '../../../src/hosts/forget/order.ts';
import { planForget } from '../../../src/hosts/forget/plan.ts';
import { listBelongings } from '../../../src/hosts/forget/prepare.ts';
import type { Belonging } from '../../../src/hosts/forget/steps.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import type { HostSession } from '../../../src/preflight/types.ts';
import type { Order } from '../../../src/run/capability.ts';
import { findInFacts } from '../../../src/run/find.ts';
import { type Change, send } from '../../../src/run/transact.ts';
import { appConfig } from '../../support/app-config.ts';
import { factsOf, LabRunner } from './host-programs.ts';
import { installedOf, manifestOf, probeOf, type Release } from './release.ts';

export interface App {
  app: string;
  path: string;
  user: string;
  privilege: Privilege;
}

/** A release with the plan that the host's own facts gave. */
export interface Planned {
  release: Release;
  plan: DeployPlan;
  host: DeployHostPlan;
  contents: Contents;
  difference: Difference;
}

export interface Ran {
  answer: Answer;
  record: Readonly<Record<string, readonly string[]>> | null;
  progress: readonly string[];
  ms: number;
}

const BY = 'dana@example.com';

/** What the CLI does on one host, by its own plans and orders, with a shell in the place of rsync. */
export class Deployer {
  readonly machine: Host;
  readonly app: App;
  readonly runner: LabRunner;
  readonly #user: string;

  constructor(machine: Host, app: App, user = 'root') {
    this.machine = machine;
    this.app = app;
    this.runner = new LabRunner(machine, user);
    this.#user = user;
  }

  facts(own: readonly string[] = [], foreign: readonly string[] = []): ReturnType<typeof factsOf> {
    return factsOf(this.runner, this.app, { own, foreign });
  }

  /** What a deploy of it would do now. */
  async plan(release: Release): Promise<Planned> {
    const config = this.#config(release);
    const { facts, login } = await this.#look(release);
    const { installed, contents } = installedOf(release);
    const onHost = filesOnHost(installed, contents, config, { privilege: this.app.privilege } as HostConfig, login.home);
    const manifest = manifestOf(release.tree);
    const difference = compareManifests(release.base ? manifestOf(release.base.tree) : null, manifest);
    const made = planDeploy({
      ...this.#input(release),
      now: '2026-11-21T00:00:00Z',
      source: { digest: manifest.digest, files: difference.upload.length, bytes: 0, commit: null },
      tree: { privateFiles: { count: 0, first: '' }, secretFiles: [], hidden: [] },
      placeholders: [],
      asRoot: [],
      hosts: [
        {
          ...this.#planned(facts),
          ...{ base: release.base?.id ?? null, difference, uploadBytes: 0, shared: [], files: installed },
          wanted: { files: digestsOf(onHost), variables: variableDigests(installed, contents), modes: [] },
          adopt: release.adopt ? adoptableLink(facts) : null,
          take: (release.adopt && foldersToTake(facts)) || [],
        },
      ],
    });
    // Ids of releases are the CLI's to make; here each test has its own.
    const plan = JSON.parse(JSON.stringify(made).replaceAll(made.release!.id, release.id)) as DeployPlan;
    return { release, plan, host: plan.hosts[0]!, contents, difference };
  }

  async stage({ plan, host, difference }: Planned): Promise<string> {
    const { privilege } = this.app;
    const call = {
      program: 'stage',
      privilege,
      ...stageOrder(plan, host, difference),
      deadlineMs: 60_000,
      mutates: true,
    } as const;
    const answer = await runProgram(this.runner, call);
    const partial = answer.get('partial');
    if (partial === undefined) throw new Error(`stage: ${answer.get('error')}: ${answer.get('detail')}`);
    return partial;
  }

  /** Puts the files of the tree that differ from the base into the partial tree, each by a rename as rsync does. */
  async upload({ release }: Planned, partial: string): Promise<void> {
    const base = release.base?.tree ?? {};
    let script = `set -e\ncd ${partial}\n`;
    for (const [path, entry] of Object.entries(release.tree)) {
      if (typeof entry === 'object' && 'link' in entry) continue;
      if (JSON.stringify(base[path]) === JSON.stringify(entry)) continue;
      const [text, mode] = typeof entry === 'string' ? [entry, '644'] : [entry.text, entry.mode];
      script += `printf %s '${Buffer.from(text).toString('base64')}' | base64 -d >'${path}.tmp'; chmod ${mode} '${path}.tmp'; mv '${path}.tmp' '${path}'\n`;
    }
    const user = this.app.privilege === 'none' ? { user: this.#user } : {};
    const done = await this.machine.exec(['sh', '-s'], { input: script, ...user });
    if (done.code !== 0) throw new Error(`upload: ${done.stderr}`);
  }

  /** Planned, sent, and ready to start. */
  async ready(release: Release): Promise<Planned> {
    const planned = await this.plan(release);
    await this.upload(planned, await this.stage(planned));
    return planned;
  }

  start({ plan, host, contents }: Planned, signal?: AbortSignal): Promise<Ran> {
    return this.#send({ capability: DEPLOY, plan }, host, deployOrder(plan, host, contents), signal);
  }

  async deploy(release: Release): Promise<Ran> {
    return this.start(await this.ready(release));
  }

  /** `to` is the id of a release that the host has; `like` has the services of ops.yaml. */
  async rollback(to: string, like: Release, run: string): Promise<Ran> {
    const { facts } = await this.#look(like);
    const plan = planRollback({ ...this.#input(like), run, to, hosts: [this.#planned(facts)] });
    return this.#without('rollback', plan);
  }

  /** Finishes what the last run left half-way. */
  async resume(like: Release, run: string): Promise<Ran> {
    const { facts } = await this.#look(like);
    const found = findInFacts(facts, null);
    return this.#without('resume', planResume({ ...this.#input(like), run, hosts: [{ ...this.#planned(facts), found }] }));
  }

  async prune(like: Release, run: string, keep: number): Promise<Ran> {
    const { facts } = await this.#look(like);
    return this.#without('prune', planPrune({ ...this.#input(like), run, keep, hosts: [this.#planned(facts)] }));
  }

  /** Has the host leave a release that it proved itself. */
  takeBack({ plan, host }: Planned, told: Parameters<typeof backOrder>[2]): Promise<Ran> {
    const order = backOrder(host, `releases/${host.release}`, told);
    return this.#send({ capability: DEPLOY, plan: { ...plan, run: `${plan.run}-back` } }, host, order);
  }

  /** The last phase of the run that brought it. */
  confirm({ plan, host }: Planned): Promise<Ran> {
    return this.#send({ capability: DEPLOY, plan }, host, confirmOrder(host, `releases/${host.release}`));
  }

  stop(run: string): Promise<Answer> {
    const { app, path, privilege } = this.app;
    return runProgram(this.runner, { program: 'stop', privilege, params: { app, path, run }, deadlineMs: 20_000, mutates: true });
  }

  async follow(run: string): Promise<Ran> {
    const { app, path, privilege } = this.app;
    const runner = new LabRunner(this.machine, this.#user);
    const params = { app, path, run };
    return ranOf(runner, () =>
      runProgram(runner, { program: 'deploy.follow', privilege, params, deadlineMs: 180_000, mutates: false }),
    );
  }

  belongings(wanted: { only: string | null; trees: boolean }): Promise<Belonging[]> {
    return listBelongings(this.#open(this.runner), wanted);
  }

  /** Removes what is listed now. */
  async forget(run: string, { only = null, trees = false }: { only?: string | null; trees?: boolean } = {}): Promise<Ran> {
    const belongings = await this.belongings({ only, trees });
    const { facts: _, ...host } = this.#planned({} as AppFacts);
    const plan = planForget({
      ...this.#input({} as Release),
      command: 'forget',
      run,
      hosts: [{ ...host, only, trees, belongings }],
    });
    return this.#send({ capability: FORGET, plan }, plan.hosts[0]!, forgetOrder(plan.hosts[0]!));
  }

  #without(mode: 'rollback' | 'resume' | 'prune', plan: DeployPlan): Promise<Ran> {
    return this.#send({ capability: DEPLOY, plan }, plan.hosts[0]!, orderWithoutFiles(mode, plan.hosts[0]!));
  }

  #send<H extends HostPlan>(change: Change<H>, plan: H, order: Order, signal?: AbortSignal): Promise<Ran> {
    const runner = new LabRunner(this.machine, this.#user, signal);
    const part = { ...this.#open(runner), plan, started: 0, outcome: null };
    return ranOf(runner, () => send(change, part, order));
  }

  #open(runner: LabRunner): { host: HostConfig; session: HostSession } {
    const host = { id: this.machine.name, privilege: this.app.privilege } as HostConfig;
    return { host, session: { runner } as Partial<HostSession> as HostSession };
  }

  async #look(release: Release): Promise<{ facts: AppFacts; login: HostFacts['login'] }> {
    const units = (kind: string) => this.#config(release).services.flatMap(each => (each.kind === kind ? [each.unit] : []));
    const { app, login } = await this.facts(units('file'), units('existing'));
    return { facts: app!, login };
  }

  #planned(facts: AppFacts) {
    return { host: this.machine.name, fqdn: this.machine.fqdn, via: null, privilege: this.app.privilege, by: BY, facts };
  }

  #input(release: Release) {
    return { config: { tailnet: 'lab.test' } as Config, app: this.#config(release), run: release.run, overrides: [] };
  }

  #config(release: Release): AppConfig {
    const { units = {}, services = [], env = {}, checks = [], probes = [], stableMs = 600, keep = 5 } = release;
    const asked = probeOf('asked tcp elsewhere.lab.test:22 - - 1 100 500');
    return appConfig({
      ...{ id: this.app.app, hosts: [this.machine.name], path: this.app.path, user: this.app.user },
      ...{ env, checks, stableMs, startMs: 5000, keep },
      services: [
        ...Object.keys(units).map(unit => ({ kind: 'file' as const, unit, file: unit })),
        ...services.filter(unit => !Object.hasOwn(units, unit)).map(unit => ({ kind: 'existing' as const, unit })),
      ],
      probes: [...probes.map(probeOf), ...(release.asked ? [{ ...asked, from: 'operator' as const }] : [])],
    });
  }
}

async function ranOf(runner: LabRunner, run: () => Promise<Answer>): Promise<Ran> {
  const began = performance.now();
  const answer = await run();
  return { answer, record: parseRecord(answer.all('record')), progress: runner.progress, ms: performance.now() - began };
}
