import { expect, test } from 'vitest';
import type { AppConfig, Config } from '../../../src/config/types.ts';
import type { PlannedHost } from '../../../src/deploy/plan/base.ts';
import { type DeployFacts, type HostDeployFacts, planDeploy } from '../../../src/deploy/plan/deploy.ts';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import { planRollback } from '../../../src/deploy/plan/rollback.ts';
import type { AppFacts, RunFacts, UnitFacts } from '../../../src/host/facts/types.ts';
import { foldersToTake } from '../../../src/host/facts/unsafe.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts, servedAs } from '../../support/app-facts.ts';

const app = appConfig({
  probes: [
    {
      id: 'p',
      kind: 'tcp',
      target: '127.0.0.1:1',
      from: 'host',
      status: [],
      contains: null,
      through: null,
      attempts: 1,
      intervalMs: 1,
      timeoutMs: 1,
    },
  ],
});
const config = { tailnet: 'lab.test' } as Config;
const up: UnitFacts = {
  unit: 'web.service',
  type: 'exec',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  restarts: 0,
  mainPid: 1,
  names: ['web.service'],
  invocation: 'i',
  since: null,
  result: 'success',
  enabled: 'enabled',
  fragment: '/etc/systemd/system/web.service',
};

const NONE = { files: [], variables: [], modes: [] };

function host(id: string, facts: AppFacts, overrides: Partial<HostDeployFacts> = {}): HostDeployFacts {
  return {
    host: id,
    fqdn: `${id}.lab.test`,
    via: null,
    privilege: 'sudo',
    by: 'dana',
    facts,
    base: facts.current?.release ?? null,
    difference: { upload: ['a'] },
    uploadBytes: 10,
    shared: [],
    files: { files: [], variables: null },
    wanted: NONE,
    adopt: null,
    take: [],
    ...overrides,
  };
}

function deployFacts(hosts: HostDeployFacts[], overrides: Partial<DeployFacts> = {}): DeployFacts {
  const source = { digest: 'abcdef0123', files: 2, bytes: 100, commit: null };
  const tree = { privateFiles: { count: 0, first: '' }, secretFiles: [], hidden: [] };
  const nothing = { placeholders: [], asRoot: [], overrides: [] };
  return { config, app, run: 'r-1', now: '2026-11-21T07:04:59.000Z', source, tree, hosts, ...nothing, ...overrides };
}

/** What serves there was deployed as ops.yaml says today. */
const served = (facts: AppFacts): AppFacts => servedAs(facts, planDeploy(deployFacts([host('a', appFacts())])).hosts[0]!);

test('the same facts give the same plan, in whatever order the hosts answered', () => {
  const hosts = [host('web2', appFacts()), host('web1', appFacts([releaseFacts('old', 1)]))];
  const plan = planDeploy(deployFacts(hosts));
  expect(planDeploy(deployFacts([...hosts].reverse()))).toEqual(plan);
  expect(plan.hosts.map(item => item.host)).toEqual(['web1', 'web2']);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test('a first release has nothing to go back to; a later one fences what was seen and goes back to the proven one', () => {
  const [first, later] = planDeploy(deployFacts([host('a', appFacts()), host('b', appFacts([releaseFacts('old', 1)]))])).hosts;
  expect(first).toMatchObject({ fence: { current: '-', units: 'units' }, previous: null, backTo: null });
  expect(later).toMatchObject({ fence: { current: 'releases/old' }, previous: 'old', backTo: 'old' });
  expect(later!.steps.map(step => step.kind)).toEqual(['upload', 'swap', 'restart', 'stable', 'probe', 'retain']);
  expect(later!.steps[0]).toMatchObject({ base: 'old' });
});

test('an unproven current is not what a failure goes back to', () => {
  const facts = appFacts([releaseFacts('good', 1), releaseFacts('new', 2, { state: 'active' })]);
  expect(planDeploy(deployFacts([host('a', facts)])).hosts[0]).toMatchObject({ previous: 'new', backTo: 'good' });
  const alone = appFacts([releaseFacts('new', 2, { state: 'active' })]);
  expect(planDeploy(deployFacts([host('a', alone)])).hosts[0]).toMatchObject({ previous: 'new', backTo: 'new' });
});

test.each([
  ['proven', 'proven', 'd'],
  ['active', 'proven', 'c'],
  ['failed', 'proven', 'c'],
  ['active', 'left', 'd'],
  ['failed', 'left', null],
] as const)('the way back from a release after d, which is %s, the others %s, is %j', (current, others, backTo) => {
  const before = ['a', 'b', 'c'].map((id, seq) => releaseFacts(id, seq, { state: others }));
  const facts = appFacts([...before, releaseFacts('d', 3, { state: current })]);
  const plan = planDeploy(deployFacts([host('a', facts)])).hosts[0]!;
  expect(plan).toMatchObject({ previous: 'd', backTo });
  const retain = plan.steps.find(step => step.kind === 'retain');
  expect(retain, 'what served, and what a failure goes back to, is never removed').toMatchObject({ remove: [] });
});

test.each([
  ['proven, same content and units', {}, {}, 0],
  ['other content', { digest: 'other' }, {}, 6],
  ['current not proven', { state: 'active' as const }, {}, 6],
  ['units differ', {}, { wanted: { ...NONE, files: [{ path: '/etc/systemd/system/web.service', digest: 'other' }] } }, 6],
])('%s', (_title, release, overrides, steps) => {
  const facts = served(appFacts([releaseFacts('old', 1, { digest: 'abcdef0123', ...release })], { units: [up] }));
  expect(planDeploy(deployFacts([host('a', facts, overrides)])).hosts[0]!.steps).toHaveLength(steps);
});

test.each([
  ['a service that failed', [{ ...up, active: 'failed', sub: 'failed', result: 'exit-code' }], 6],
  ['a service that is not there', [], 6],
  ['a oneshot that ended well', [{ ...up, type: 'oneshot', active: 'inactive', sub: 'dead' }], 0],
])('%s decides whether there is nothing to do', (_title, units, steps) => {
  const facts = served(appFacts([releaseFacts('old', 1, { digest: 'abcdef0123' })], { units }));
  expect(planDeploy(deployFacts([host('a', facts)])).hosts[0]!.steps).toHaveLength(steps);
});

test.each<[string, Partial<AppConfig>]>([
  ['another probe', { probes: [{ ...app.probes[0]!, target: '127.0.0.1:2' }] }],
  ['more attempts', { probes: [{ ...app.probes[0]!, attempts: 2 }] }],
  ['no probe any more', { probes: [] }],
  ['a check', { checks: [['true']] }],
  ['a longer window', { stableMs: 60_000 }],
  ['a longer start', { startMs: 90_000 }],
  ['another account', { user: 'other' }],
])('%s is a change: what was proven of the release was something else', (_title, keys) => {
  const facts = served(appFacts([releaseFacts('old', 1, { digest: 'abcdef0123' })], { units: [up] }));
  const steps = (of: AppConfig) => planDeploy(deployFacts([host('a', facts)], { app: of })).hosts[0]!.steps;
  expect(steps(app)).toEqual([]);
  expect(steps({ ...app, ...keys })).toContainEqual(expect.objectContaining({ kind: 'upload', files: 1 }));
});

test('an answer that names the release is asked for the one that serves', () => {
  const named = { ...app, probes: [{ ...app.probes[0]!, kind: 'http' as const, contains: '{release} {commit}' }] };
  const commit = { id: '8c1f2ab0000', ref: 'main', dirty: false };
  const source = { digest: 'abcdef0123', files: 2, bytes: 100, commit };
  const first = planDeploy(deployFacts([host('a', appFacts())], { app: named, source }));
  const release = releaseFacts(first.release!.id, 1, { digest: 'abcdef0123', commit: '8c1f2ab0000' });
  const facts = servedAs(appFacts([release], { units: [up] }), first.hosts[0]!);
  expect(planDeploy(deployFacts([host('a', facts)], { app: named, source })).hosts[0]!.steps).toEqual([]);
});

test('a run may take as long as its checks may', () => {
  const limit = (checks: AppConfig['checks']) =>
    planDeploy(deployFacts([host('a', appFacts())], { app: { ...app, checks } })).hosts[0]!.limitMs;
  expect(limit([['true'], ['true'], ['true']]) - limit([])).toBe(3 * 300_000);
});

test('a broken current is never «nothing to do»', () => {
  const facts = appFacts([releaseFacts('old', 1, { digest: 'abcdef0123' })], {
    units: [up],
    current: { link: 'releases/old', release: 'old', broken: true, spec: '', unproved: null },
  });
  expect(planDeploy(deployFacts([host('a', facts)])).hosts[0]!.steps).not.toHaveLength(0);
});

test('a release id says when and what, and is new on every host', () => {
  expect(planDeploy(deployFacts([host('a', appFacts())])).release!.id).toBe('20261121-0704-abcdef');
  const taken = appFacts([releaseFacts('20261121-0704-abcdef', 1), releaseFacts('20261121-0704-abcdef-2', 2)]);
  expect(planDeploy(deployFacts([host('a', appFacts()), host('b', taken)])).release!.id).toBe('20261121-0704-abcdef-3');
  const forgotten = appFacts([], { strays: ['20261121-0704-abcdef'] });
  expect(planDeploy(deployFacts([host('a', appFacts()), host('b', forgotten)])).release!.id).toBe('20261121-0704-abcdef-2');
});

test.each([
  [{ count: 1, first: '.env' }, '.env is readable by you alone here'],
  [{ count: 3, first: '.env' }, '.env and 2 other files are readable by you alone here'],
])('what a release would open to everybody is said: %j', (privateFiles, said) => {
  const { warnings } = planDeploy(
    deployFacts([host('web1', appFacts())], { tree: { privateFiles, secretFiles: [], hidden: [] } }),
  );
  expect(warnings).toEqual([`${said}, and by every account on the host: exclude what is secret, or use env`]);
});

test.each([
  [['.env'], '.env looks like a secret'],
  [['.env', 'id_rsa'], '.env and id_rsa look like secrets'],
  [['.env', 'id_rsa', 'a/.netrc'], '.env, id_rsa and a/.netrc look like secrets'],
  [['.env', 'id_rsa', 'a/.netrc', 'b/.netrc'], '.env, id_rsa, a/.netrc and 1 other file look like secrets'],
])('what looks like a secret is said: %j', (secretFiles, said) => {
  const tree = { privateFiles: { count: 0, first: '' }, secretFiles, hidden: [] };
  const { warnings } = planDeploy(deployFacts([host('web1', appFacts())], { tree }));
  const then = 'every account on the host can read a release: add to source.exclude, or use shared or env';
  expect(warnings).toEqual([`${said}, and ${then}`]);
});

test('what runs as root is said, and where nobody is root nothing is', () => {
  const asRoot = ['web.service (web.service has no User=)', 'ExecStop=+/a of b.service'];
  const warnings = (privilege: 'sudo' | 'none') =>
    planDeploy(deployFacts([host('web1', appFacts(), { privilege })], { asRoot })).warnings;
  expect(warnings('sudo')).toEqual([`as root run ${asRoot.join(', ')}`]);
  expect(warnings('none')).toEqual([]);
});

test('a variable that nobody has filled in is named, and where it comes from', () => {
  const env = { TOKEN: { env: 'WEB_TOKEN' }, MODE: 'todo', PORT: '80' };
  const { warnings } = planDeploy(
    deployFacts([host('a', appFacts())], { app: appConfig({ env }), placeholders: ['TOKEN', 'MODE'] }),
  );
  expect(warnings).toEqual([
    'apps.web.env.TOKEN, from the environment variable WEB_TOKEN, looks like a placeholder, not like a value',
    'apps.web.env.MODE looks like a placeholder, not like a value',
  ]);
});

test('content that no release will show is named: of the source, and of what is taken over', () => {
  const facts = appFacts([], {
    target: { kind: 'foreign' },
    shared: [
      { path: '.env', seen: 'elsewhere' },
      { path: 'db.sqlite3', seen: 'none' },
      { path: 'data', seen: 'there' },
    ],
  });
  const shared = facts.shared.map(({ path }) => ({ path, kind: path === 'data' ? 'folder' : 'file' }) as const);
  const tree = { privateFiles: { count: 0, first: '' }, secretFiles: [], hidden: ['data'] };
  const plan = (adopt: string | null) => planDeploy(deployFacts([host('a', facts, { shared, adopt })], { tree }));
  const source = 'data of the source does not ship: it is shared, and a release shows /srv/web/shared/data';
  const empty = 'a: /srv/web/shared/db.sqlite3 is not there yet: it begins as an empty file';
  const left = (from: string) =>
    `a: ${from} is not taken along: a release shows /srv/web/shared/.env, which begins empty unless you copy it there first`;
  expect(plan('current-7').warnings).toEqual([source, left('/srv/web/current-7/.env'), empty]);
  expect(plan('/srv/web').warnings).toEqual([source, left('/srv/web/.env'), empty]);
  expect(plan('/srv/web').hosts[0]!.steps).toContainEqual(expect.objectContaining({ kind: 'upload', shared }));
});

test('an adopted folder that others may write to changes hands, and stays as open to read as it was', () => {
  const folder = { at: '/srv/web', owner: 'web', uid: 990, gid: 990, mode: '775', isLink: false };
  const take = (unsafe: Partial<typeof folder>[], userGroups = [990]) =>
    foldersToTake(appFacts([], { unsafe: unsafe.map(each => ({ ...folder, ...each })), userUid: 990, userGroups }));
  const becomes = (...args: Parameters<typeof take>) => take(...args)?.map(each => each.becomes);
  expect(take([{}])).toEqual([{ path: '/srv/web', owner: 'web', ids: '990:990', mode: '775', becomes: '755' }]);
  expect(becomes([{ mode: '2775' }, { at: '/srv/web/releases', mode: '755' }])).toEqual(['2755', '755']);
  expect(becomes([{ mode: '700' }]), 'through its group').toEqual(['750']);
  expect(becomes([{ mode: '750', gid: 33 }]), 'as all others').toEqual(['755']);
  expect(becomes([{ mode: '700', uid: 1000 }]), 'it saw nothing before').toEqual(['700']);
  expect([take([]), take([{ at: '/srv' }]), take([{}, { at: '/srv/web/releases', isLink: true }])]).toEqual([[], null, null]);
  const [taken] = take([{}])!;
  const planned = host('a', appFacts([], { target: { kind: 'foreign' } }), { adopt: '/srv/web', take: [taken!] });
  expect(planDeploy(deployFacts([planned])).hosts[0]!.steps.slice(0, 2)).toEqual([
    { kind: 'take', ...taken, undo: expect.stringMatching(/^web has it again, mode 775: /) },
    expect.objectContaining({ kind: 'adopt', link: '/srv/web' }),
  ]);
});

test('a service that is not wanted any more is a change, and said', () => {
  const facts = served(appFacts([releaseFacts('A', 1, { digest: 'abcdef0123' })], { units: [up] }));
  const stepsWith = (created: string[]) => planDeploy(deployFacts([host('web1', { ...facts, created })])).hosts[0]!.steps;
  expect(stepsWith([])).toEqual([]);
  expect(stepsWith(['/etc/systemd/system/old.service'])).toContainEqual({
    kind: 'remove',
    unit: 'old.service',
    undo: 'old.service is back with A',
  });
});

test('each file of ours that goes is a step, whichever way one goes', () => {
  const paths = ['/etc/ops/web.env', '/etc/systemd/system/nginx.service.d/50-ops-web.conf', '/etc/systemd/system/old.service'];
  const facts = appFacts([releaseFacts('A', 1), releaseFacts('B', 2)], { created: paths });
  const run = { run: 'r-0', mode: 'deploy', release: 'B', before: 'A' } as RunFacts;
  const half = { ...host('a', facts), found: { kind: 'half-way', run } as const };
  const plans = [
    planDeploy(deployFacts([host('a', facts)])),
    rollback([host('a', facts)]),
    planResume({ config, app, run: 'r-1', overrides: [], hosts: [half] }),
  ];
  const goes = [...paths.slice(0, 2).map(path => ({ kind: 'uninstall', path })), { kind: 'remove', unit: 'old.service' }];
  for (const { hosts } of plans)
    expect(hosts[0]!.steps).toEqual(expect.arrayContaining(goes.map(step => expect.objectContaining(step))));
});

test('and one that the release keeps is none', () => {
  const path = '/etc/ops/web.env';
  const kept = new Map([['A', { files: [{ path, digest: 'x', text: null }], variables: [] }]]);
  expect(back(appFacts([releaseFacts('A', 1), releaseFacts('B', 2)], { created: [path], kept })).steps).not.toContainEqual(
    expect.objectContaining({ kind: 'uninstall' }),
  );
});

test('content that failed before, and a dirty tree, are said', () => {
  const facts = appFacts([releaseFacts('bad', 1, { digest: 'abcdef0123', state: 'failed' }), releaseFacts('good', 2)]);
  const commit = { id: '8c1f2ab0000', ref: 'main', dirty: true };
  const { warnings } = planDeploy(
    deployFacts([host('a', facts)], { source: { digest: 'abcdef0123', files: 1, bytes: 1, commit } }),
  );
  expect(warnings).toEqual([
    'the work tree has changes that are not in 8c1f2ab: the release may have them',
    expect.stringContaining('bad'),
  ]);
  const git = appConfig({ source: { kind: 'git', dir: '/nowhere', ref: 'main', exclude: [] } });
  const ofGit = deployFacts([host('a', appFacts())], { app: git, source: { digest: 'x', files: 1, bytes: 1, commit } });
  expect(planDeploy(ofGit).warnings).toEqual(['the work tree has changes that are not in 8c1f2ab: they do not ship']);
});

const planned = (id: string, facts: AppFacts): PlannedHost => {
  return { host: id, fqdn: `${id}.lab.test`, via: null, privilege: 'sudo', by: 'dana', facts };
};
const rollback = (hosts: PlannedHost[], to: string | null = null) =>
  planRollback({ config, app, run: 'r-1', to, overrides: [], hosts });
const back = (facts: AppFacts, to: string | null = null) => rollback([planned('a', facts)], to).hosts[0]!;

const history = [
  releaseFacts('r-aaa', 1),
  releaseFacts('r-bbb', 2),
  releaseFacts('r-ccc', 3, { state: 'failed' }),
  releaseFacts('r-ddd', 4),
];

test('going back goes to the last proven release before current, and going back again goes further', () => {
  expect(back(appFacts(history))).toMatchObject({ release: 'r-bbb', backTo: 'r-ddd' });
  const after = [...history.slice(0, 3), releaseFacts('r-ddd', 4, { state: 'left' })];
  expect(
    back(appFacts(after, { current: { link: 'releases/r-bbb', release: 'r-bbb', broken: false, spec: '', unproved: null } })),
  ).toMatchObject({
    release: 'r-aaa',
  });
});

test('going back is planned as the release was deployed: its services, and how long they must be stable', () => {
  const facts = appFacts(
    [
      releaseFacts('old', 1, { services: ['old.service', 'both.service'], stableMs: 1000 }),
      releaseFacts('new', 2, { services: ['new.service', 'both.service'], stableMs: 20_000 }),
    ],
    {
      created: ['/etc/systemd/system/new.service', '/etc/systemd/system/both.service'],
      kept: new Map([['old', { files: [{ path: '/etc/systemd/system/both.service', digest: 'x', text: null }], variables: [] }]]),
    },
  );
  const plan = back(facts);
  expect(plan.fence.current).toBe('releases/new');
  expect(plan.steps.map(({ undo: _, ...step }) => step)).toEqual([
    { kind: 'swap', to: 'old' },
    { kind: 'remove', unit: 'new.service' },
    { kind: 'restart', unit: 'old.service', origin: null },
    { kind: 'restart', unit: 'both.service', origin: null },
    { kind: 'stable', ms: 1000, startMs: null },
    { kind: 'retain', keep: 5, remove: [] },
  ]);
});

test('a rollback does not go back to a current release whose tree is gone', () => {
  const facts = appFacts([releaseFacts('a', 1), releaseFacts('b', 2), releaseFacts('gone', 3, { present: false })]);
  expect(back(facts)).toMatchObject({ release: 'b', backTo: 'a' });
});

test('a release whose tree is gone is nothing to go back to', () => {
  const facts = appFacts([releaseFacts('old', 1), releaseFacts('gone', 2, { present: false })]);
  expect(planDeploy(deployFacts([host('a', facts)])).hosts[0]!.backTo).toBe('old');
});

test('where one host has nothing to go back to, the others are offered', () => {
  const refused = (...hosts: PlannedHost[]) => {
    try {
      return rollback(hosts);
    } catch (error) {
      return error;
    }
  };
  const bare = appFacts([releaseFacts('r-aaa', 1)]);
  expect(refused(planned('a', appFacts(history)), planned('b', bare), planned('c', appFacts(history)))).toMatchObject({
    code: 'no-previous-release',
    message: expect.stringContaining('b has no proven release'),
    hints: ['ops rollback web --host a --host c', 'ops releases web'],
  });
  expect(refused(planned('b', bare))).toMatchObject({ hints: ['ops releases web'] });
});

test('a release is named by its id or the end of it, and must be proven and on disk', () => {
  expect(back(appFacts(history), 'aaa')).toMatchObject({ release: 'r-aaa' });
  expect(back(appFacts(history), 'r-ddd').steps).toEqual([]);
  expect(() => back(appFacts(history), 'ccc')).toThrow('only one that is proven');
  expect(() => back(appFacts(history), 'zzz')).toThrow('has no release zzz');
  expect(() => back(appFacts([releaseFacts('x-a', 1), releaseFacts('y-a', 2)]), '-a')).toThrow('names x-a and y-a');
  expect(() => back(appFacts([releaseFacts('gone', 1, { present: false }), releaseFacts('now', 2)]))).toThrow(
    'no proven release before now',
  );
});
