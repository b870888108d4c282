import type { AppConfig, HostConfig } from '../../src/config/types.ts';
import type { PreparedApp, PreparedDeploy, UploadPart } from '../../src/deploy/parts.ts';
import { type HostDeployFacts, planDeploy } from '../../src/deploy/plan/deploy.ts';
import { digestsOf, filesOnHost, installedFor, variableDigests } from '../../src/deploy/release/installed.ts';
import { createManifest } from '../../src/deploy/source/manifest.ts';
import type { DeployHostPlan, DeployPlan } from '../../src/deploy/steps.ts';
import type { HostRunner } from '../../src/exec/runner.ts';
import type { AppFacts } from '../../src/host/facts/types.ts';
import type { HostSession, Preflight } from '../../src/preflight/types.ts';
import { Secret } from '../../src/secret.ts';
import { makeConfig, makeFacts, makeHost } from '../preflight/hosts.ts';
import { makePeer, SUFFIX } from '../tailnet/nodes.ts';
import { appConfig } from './app-config.ts';
import { appFacts, releaseFacts } from './app-facts.ts';

export const SECRET = 'hunter2-and-more';
export const UNIT_TEXT = '[Service]\nExecStart=/usr/bin/shipped\n';

const asked = {
  status: [200],
  contains: 'fine {release}',
  through: 'nginx.service',
  attempts: 3,
  intervalMs: 10,
  timeoutMs: 2_000,
};

/** An app that has everything that a plan can hold. */
export const FULL_APP: AppConfig = appConfig({
  services: [
    { kind: 'run', unit: 'web.service', run: './server', user: 'web' },
    { kind: 'file', unit: 'worker.service', file: 'worker.service' },
    { kind: 'existing', unit: 'nginx.service' },
  ],
  env: { MODE: 'fast', TOKEN: { env: 'WEB_TOKEN' } },
  shared: [
    { path: 'data', folder: false },
    { path: 'logs', folder: true },
  ],
  checks: [['./check', '--quick'], ['true']],
  probes: [
    { ...asked, id: 'page', kind: 'http', from: 'host', target: 'http://127.0.0.1:8080/health' },
    { ...asked, id: 'port', kind: 'tcp', from: 'host', target: '127.0.0.1:8080', status: [], contains: null },
    { ...asked, id: 'seen', kind: 'http', from: 'operator', target: 'http://{host}:8080/health' },
    { ...asked, id: 'open', kind: 'tcp', from: 'operator', target: '{host}:8080', status: [], contains: null },
  ],
  stableMs: 7_000,
  startMs: 30_000,
  keep: 2,
});

export const MANIFEST = createManifest(['f\t644\tx\tserver', 'd\t755\t-\tlib']);
const DIFFERENCE = { add: MANIFEST.lines, drop: ['f\t644\ty\told'], upload: ['server'] };

/** A host that served A to D one after the other, and what is planned for it. */
export function fullHost(id: string, app: AppConfig, overrides: Partial<HostDeployFacts> = {}) {
  const host = makeHost(id);
  const facts = appFacts(
    ['A', 'B', 'C', 'D'].map((release, seq) => releaseFacts(release, seq)),
    { created: ['/etc/systemd/system/old.service', '/etc/systemd/system/old.service.d/50-ops-web.conf'] },
  );
  const env = { MODE: 'fast', TOKEN: new Secret('env WEB_TOKEN', SECRET) };
  const { installed, contents } = installedFor(app, host, env, new Map([['worker.service', UNIT_TEXT]]));
  const planned: HostDeployFacts = {
    host: id,
    fqdn: `${id}.${SUFFIX}`,
    via: null,
    privilege: 'sudo',
    by: 'dana (laptop.lab.test)',
    facts,
    base: 'D',
    difference: DIFFERENCE,
    uploadBytes: 10,
    shared: app.shared.map(({ path }) => ({ path, kind: 'folder' })),
    files: installed,
    wanted: {
      files: digestsOf(filesOnHost(installed, contents, app, host, '/root')),
      variables: variableDigests(installed, contents),
      modes: [],
    },
    adopt: null,
    take: [],
    ...overrides,
  };
  return { host, planned, contents };
}

export function fullPlan(app: AppConfig, hosts: readonly HostDeployFacts[]): DeployPlan {
  const commit = { id: '8c1f2ab0000', ref: 'main', dirty: true };
  return planDeploy({
    config: makeConfig([]),
    app,
    run: 'r-1',
    now: '2026-11-21T07:04:59.000Z',
    source: { digest: MANIFEST.digest, files: 1, bytes: 100, commit },
    tree: { privateFiles: { count: 0, first: '' }, secretFiles: [], hidden: [] },
    placeholders: [],
    asRoot: [],
    overrides: [],
    hosts,
  });
}

export function sessionOf(host: HostConfig, runner: HostRunner, overrides: Partial<HostSession> = {}): HostSession {
  const path = { kind: 'direct', latencyMs: 12, via: '10.0.0.1:41641' } as const;
  return { runner, facts: makeFacts(), peer: makePeer(host.id), path, target: null, ...overrides };
}

export const PREFLIGHT = {
  mode: 'required',
  exit: 'ok',
  reports: [],
  results: [{ id: 'machine', verdict: 'pass' }],
} as unknown as Preflight;

/** A deploy that only has to be carried out. */
export function preparedDeploy(
  runners: readonly HostRunner[],
  app: AppConfig,
  overrides: Readonly<Record<string, Partial<HostDeployFacts>>> = {},
  sessions: Partial<HostSession> = {},
): PreparedDeploy {
  const hosts = runners.map(runner => ({ runner, ...fullHost(runner.host, app, overrides[runner.host]) }));
  const plan = fullPlan(
    app,
    hosts.map(({ planned }) => planned),
  );
  const parts = plan.hosts.map((each): UploadPart => {
    const { host, runner, planned, contents } = hosts.find(({ host: { id } }) => id === each.host)!;
    const session = sessionOf(host, runner, sessions);
    return { host, session, facts: planned.facts, plan: each, contents, difference: DIFFERENCE, started: 0, outcome: null };
  });
  const source: PreparedDeploy['source'] = {
    dir: '/nowhere',
    manifest: MANIFEST,
    sizes: new Map(),
    totalBytes: 100,
    privateFiles: { count: 0, first: '' },
    secretFiles: [],
    shared: [],
    hidden: [],
    commit: null,
    readText: async () => '',
    readBeginning: async () => Buffer.alloc(0),
    dispose: async () => {},
  };
  return frozen({ plan, preflight: PREFLIGHT, parts, source, close: async () => {} });
}

/** The same for a change that sends no files: each runner is the host of one plan. */
export function preparedApp(
  plan: DeployPlan,
  runners: readonly HostRunner[],
  factsOf: (host: DeployHostPlan) => AppFacts,
  sessions: Partial<HostSession> = {},
): PreparedApp {
  const parts = plan.hosts.map(each => {
    const host = makeHost(each.host);
    const runner = runners.find(({ host: id }) => id === each.host)!;
    return { host, session: sessionOf(host, runner, sessions), facts: factsOf(each), plan: each, started: 0, outcome: null };
  });
  return frozen({ plan, preflight: PREFLIGHT, parts, close: async () => {} });
}

/** All the way down: a stage that changes what it was given throws. Runners and maps keep state of their own. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}
