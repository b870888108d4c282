import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readStatus } from '../../src/command/status.ts';
import type { Context } from '../../src/context.ts';
import { renderStatus } from '../../src/report/status.ts';
import type { LookName } from '../../src/run/door.ts';
import { type AppStatus, appsStatus } from '../../src/status/apps.ts';
import { readPlaces, type StatusRequest } from '../../src/status/read.ts';
import { healthyFacts, World } from '../preflight/fake-world.ts';
import { MACHINE_ID, makeApp, makeConfig, makeHost, NOW } from '../preflight/hosts.ts';
import { contextIn } from '../support/context.ts';
import { makePin } from '../tailnet/nodes.ts';

let world: World;

afterEach(() => world.stop());

async function appRows(context: Context, request: StatusRequest): Promise<AppStatus[]> {
  return appsStatus.rows(await readPlaces(context, request, [appsStatus]), context.config);
}

/** web on web1 and web2, api on web2 alone, nothing on web3. */
async function status(app: string | null, hosts: readonly string[]): Promise<string[]> {
  const nodes = ['web1', 'web2', 'web3'];
  const pins = nodes.map(name => makePin(name, { machineId: MACHINE_ID }));
  world = await World.start({
    nodes,
    pins,
    facts: () => healthyFacts('web/target none', 'web/user_uid 990', 'api/target none', 'api/user_uid 990'),
  });
  const machines = nodes.map(name => makeHost(name, { port: world.port }));
  const apps = { web: makeApp({ hosts: ['web1', 'web2'] }), api: makeApp({ id: 'api', hosts: ['web2'] }) };
  const config = makeConfig(machines, { file: join(world.folder, 'ops.yaml'), apps });
  const rows = await appRows(contextIn(world, { config }), { app, hosts });
  return rows.map(row => `${row.app} ${row.host}`);
}

test.each([
  [null, [], ['web web1', 'web web2', 'api web2']],
  [null, ['web1'], ['web web1']],
  [null, ['web2'], ['web web2', 'api web2']],
  ['web', ['web2'], ['web web2']],
])('status of %j on %j is of %j', async (app, hosts, rows) => {
  expect(await status(app, hosts)).toEqual(rows);
});

test.each([
  ['api', ['web1'], 'host-not-of-app'],
  [null, ['web3'], 'host-not-of-app'],
  [null, ['web9'], 'host-undeclared'],
])('status of %j on %j is refused: %s', async (app, hosts, code) => {
  await expect(status(app, hosts)).rejects.toMatchObject({ code, exit: 'usage' });
});

test.each([
  ['proven', 'ok'],
  ['active', 'failed'],
  ['failed', 'failed'],
])('a host whose current release is %s is %s', async (state, exit) => {
  const rows = await statusWith(serving({ state }));
  expect([rows[0]?.current?.state, appsStatus.exit(rows)]).toEqual([state, exit]);
});

const CREATED = 'web/created /etc/systemd/system/web.service';
const FRAGMENT = 'FragmentPath=/etc/systemd/system/web.service';

test.each([
  ['is enabled', { unit: ['UnitFileState=enabled', FRAGMENT] }, [CREATED], 'ok'],
  ['was disabled: the next reboot leaves it out', { unit: ['UnitFileState=disabled', FRAGMENT] }, [CREATED], 'failed'],
  ['is disabled, and none of ours', { unit: ['UnitFileState=disabled', FRAGMENT] }, [], 'ok'],
  ['runs on without its unit file', { unit: ['LoadState=not-found'] }, [], 'failed'],
  ['has another name in ops.yaml by now', { service: 'old.service' }, [], 'ok'],
])('a service that %s', async (_, what: { unit?: string[]; service?: string }, more, exit) => {
  const rows = await statusWith([...serving(what), ...more]);
  expect([rows[0]?.units.map(each => each.unit), appsStatus.exit(rows)]).toEqual([[what.service ?? 'web.service'], exit]);
});

test.each([
  ['can be read by all', ['web/mode 644 /etc/ops/web.env'], '/etc/ops/web.env has mode 644, not 600'],
  ['was edited', ['web/mode 644 /x.service', 'web/edited /x.service'], '/x.service was changed by hand'],
  ['is gone', ['web/edited /x.conf'], '/x.conf is gone'],
  ['of the tree was edited', ['web/edited /srv/web/releases/A/a\\x1b'], '/srv/web/releases/A/a\u001b was changed by hand'],
])('a file that %s is drift, and not as it should be', async (_, more, what) => {
  const rows = await statusWith([...serving({}), ...more]);
  expect([rows[0]?.drift, appsStatus.exit(rows)]).toEqual([[what], 'failed']);
  expect(renderStatus(rows, NOW).join('\n')).toContain(`DRIFT: ${what.replace('\u001b', '\\x1b')}`);
});

test('current that leads away from all releases is drift', async () => {
  const lines = serving({}).filter(line => !line.startsWith('web/current'));
  const rows = await statusWith([...lines, 'web/current /tmp/mine', 'web/current_release ']);
  expect([rows[0]?.drift, appsStatus.exit(rows)]).toEqual([
    ['current points to /tmp/mine, which is no release of ops'],
    'failed',
  ]);
  expect(renderStatus(rows, NOW)[0]).toContain('current /tmp/mine (no release of ops)');
});

test('while a run changes it, nothing is called drift', async () => {
  const run = ['run=r-1', 'mode=deploy', 'alive=1', ''].map(line => `web/run ${line}`);
  expect((await statusWith([...serving({}), 'web/edited /x', ...run, 'web/held r-1']))[0]).toMatchObject({
    drift: [],
    running: {},
  });
});

test('what a run left not serving is not called proven, whatever it was before', async () => {
  const run = ['run=r-1', 'mode=deploy', 'alive=0', 'record=outcome stuck', ''].map(line => `web/run ${line}`);
  const rows = await statusWith([...serving({}), ...run, 'web/last_run r-1']);
  expect([rows[0]?.current?.state, appsStatus.exit(rows)]).toEqual(['unknown', 'failed']);
  expect(renderStatus(rows, NOW)[0]).toContain('current A (unproved: the last run left it not serving)');
});

async function statusAsking(asked: readonly LookName[], ...more: string[]) {
  world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => healthyFacts(...serving({ probes: ['ask seen tcp web1.lab.test:1 - - 9 60000 1000 - - -'] }), ...more),
  });
  const file = join(world.folder, 'ops.yaml');
  const config = makeConfig([makeHost('web1', { port: world.port })], { file, apps: { web: makeApp() } });
  return readStatus(contextIn(world, { config, now: () => NOW }), { app: null, hosts: [] }, asked);
}

test('probes that were not asked are said to be so, and nothing else runs on the host', async () => {
  const { lines, evidence, exit } = await statusAsking([]);
  expect(lines[0]).toBe('web  web1  current A (proven) · probes not asked');
  expect([evidence, exit, world.onHosts.length]).toEqual([[], 'ok', 1]);
});

test('with --deep and --probe each look is an execution of its own, and its answer counts', async () => {
  const { lines, evidence, exit } = await statusAsking(['deep', 'probe'], 'tree same');
  expect(evidence).toMatchObject([
    { claim: 'tree', ok: true },
    { claim: 'probe seen', vantage: 'operator', ok: false },
  ]);
  expect(lines.slice(-2)).toEqual([
    'web  web1  tree A ok: as its manifest says (seen from host)',
    expect.stringMatching(/^web {2}web1 {2}probe seen web1\.lab\.test:1 FAILED: .* \(seen from operator\)$/),
  ]);
  expect(lines[0]).toBe('web  web1  current A (proven)');
  expect([exit, world.onHosts.length]).toEqual(['failed', 3]);
});

test('an app whose path was changed is not «nothing deployed»: it says where it is', async () => {
  const rows = await statusWith([...serving({}), 'web/target_path /srv/elsewhere']);
  expect(rows[0]?.problem).toMatchObject({ code: 'target-moved', message: expect.stringContaining('/srv/elsewhere') });
  expect(appsStatus.exit(rows)).toBe('host-not-ready');
});

/** What a host says that serves release A of web. */
function serving({ state = 'proven', unit = [] as string[], service = 'web.service', probes = [] as string[] }): string[] {
  const said = probes.map(line => `probe=${line}`);
  const release = ['id=A', 'seq=1', `state=${state}`, 'digest=d', 'present=1', `service=${service}`, ...said, ''];
  const lines = new Map(
    [`Id=${service}`, 'Type=exec', 'LoadState=loaded', 'ActiveState=active', 'Result=success', ...unit].map(line => [
      line.split('=')[0],
      line,
    ]),
  );
  return [
    ...['web/target marked web', 'web/user_uid 990', 'web/current releases/A', 'web/current_release A'],
    ...release.map(line => `web/release ${line}`),
    ...[...lines.values(), ''].map(line => `web/unit ${line}`),
  ];
}

const TEN = Array.from({ length: 10 }, (_, at) => `app-${at}`);

/** Ten apps on one host, which says this besides. */
async function statusOfTen(...more: string[]) {
  const says = TEN.flatMap(id => [`${id}/target none`, `${id}/user_uid 990`]);
  world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => [...healthyFacts(), ...says.filter(line => !more.includes(`not ${line}`)), ...more],
  });
  const apps = Object.fromEntries(TEN.map(id => [id, makeApp({ id, path: `/srv/${id}` })]));
  const config = makeConfig([makeHost('web1', { port: world.port })], { file: join(world.folder, 'ops.yaml'), apps });
  return readStatus(contextIn(world, { config, now: () => NOW }), { app: null, hosts: [] });
}

test('ten apps on one host are one execution, and what it asks names them all', async () => {
  const { rows } = await statusOfTen();
  expect(Object.keys(rows)).toEqual(['apps', 'hosts']);
  expect((rows.apps as AppStatus[]).map(({ app, problem }) => [app, problem])).toEqual(TEN.map(id => [id, null]));
  expect(world.onHosts).toHaveLength(1);
  for (const id of TEN) expect(String(world.onHosts[0]!.stdin)).toContain(`apps ${id} /srv/${id} web\n`);
});

test('an app that the host leaves out, or whose state is damaged, says so; the others are read', async () => {
  const damaged = ['id=A', 'state=nonsense', ''].map(line => `app-5/release ${line}`);
  const { rows, exit } = await statusOfTen('not app-3/target none', ...damaged);
  const codes = (rows.apps as AppStatus[]).map(({ problem }) => problem?.code ?? null);
  expect(codes).toEqual(TEN.map((_, at) => (at === 3 ? 'facts-missing' : at === 5 ? 'state-damaged' : null)));
  expect(exit).toBe('unknown');
});

const RUN = ['run=r-7F3K', 'mode=forget', 'by=dana@example.com', `since=${NOW / 1000 - 12}`, 'phase=removing'];

test.each([
  [
    'alive',
    ['alive=1'],
    /^web1 {2}forget r-7F3K by dana@example\.com is RUNNING: removing, begun 12 s ago {6}→ ops resume r-7F3K$/,
  ],
  [
    'cut off',
    ['alive=0'],
    /^web1 {2}forget r-7F3K by dana@example\.com, begun 12 s ago, was INTERRUPTED: removing {6}→ ops resume r-7F3K$/,
  ],
])('a run of the host itself that is %s has a line of its own', async (_, more, line) => {
  const { rows, lines } = await statusOfTen(...[...RUN, ...more, ''].map(each => `/run ${each}`), '/last_run r-7F3K');
  expect(lines.filter(each => each.includes('r-7F3K'))).toEqual([expect.stringMatching(line)]);
  expect(rows.hosts).toMatchObject([{ host: 'web1' }]);
});

test('where systemd does not tell what is alive, no run of the host is called cut off', async () => {
  const said = [...RUN, 'alive=0', ''].map(each => `/run ${each}`);
  const { rows, lines } = await statusOfTen(...said, '/last_run r-7F3K', '/lock_unread Failed to connect to bus');
  expect(rows.hosts).toMatchObject([{ running: null, interrupted: null, unread: 'Failed to connect to bus' }]);
  expect(lines.at(-1)).toBe('web1  runs of the host unknown: Failed to connect to bus');
});

test('a run of the host itself that is over is not told', async () => {
  const over = [...RUN, 'alive=0', 'record=outcome forgotten', ''].map(each => `/run ${each}`);
  const { rows, lines } = await statusOfTen(...over, '/last_run r-7F3K');
  expect(lines.filter(line => line.includes('r-7F3K'))).toEqual([]);
  expect(rows.hosts).toEqual([{ host: 'web1', running: null, interrupted: null, unread: null }]);
});

test('the status of another machine is not told for that of the pinned one', async () => {
  const rows = await statusWith([...serving({}), `machine_id ${'f'.repeat(32)}`]);
  expect(rows[0]?.problem).toMatchObject({ code: 'pin-changed', exit: 'identity-mismatch' });
});

async function statusWith(facts: readonly string[]) {
  world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => healthyFacts(...facts),
  });
  const config = makeConfig([makeHost('web1', { port: world.port })], { file: join(world.folder, 'ops.yaml') });
  return appRows(contextIn(world, { config }), { app: 'web', hosts: [] });
}
