import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { exitOfStatus, readStatus } from '../../src/status/index.ts';
import { healthyFacts, World } from '../preflight/fake-world.ts';
import { MACHINE_ID, makeApp, makeConfig, makeHost } from '../preflight/hosts.ts';
import { contextIn } from '../support/context.ts';
import { makePin } from '../tailnet/nodes.ts';

let world: World;

afterEach(() => world.stop());

/** web on web1 and web2, api on web2 alone, nothing on web3. */
async function status(app: string | null, hosts: readonly string[]): Promise<string[]> {
  const nodes = ['web1', 'web2', 'web3'];
  const pins = nodes.map(name => makePin(name, { machineId: MACHINE_ID }));
  world = await World.start({ nodes, pins, facts: () => healthyFacts('target none', 'user_uid 990') });
  const machines = nodes.map(name => makeHost(name, { port: world.port }));
  const apps = { web: makeApp({ hosts: ['web1', 'web2'] }), api: makeApp({ id: 'api', hosts: ['web2'] }) };
  const config = makeConfig(machines, { file: join(world.folder, 'ops.yaml'), apps });
  const rows = await readStatus(contextIn(world, { config }), { app, hosts });
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
  expect([rows[0]?.current?.state, exitOfStatus(rows)]).toEqual([state, exit]);
});

const CREATED = 'created /etc/systemd/system/web.service';
const FRAGMENT = 'FragmentPath=/etc/systemd/system/web.service';

test.each([
  ['is enabled', { unit: ['UnitFileState=enabled', FRAGMENT] }, [CREATED], 'ok'],
  ['was disabled: the next reboot leaves it out', { unit: ['UnitFileState=disabled', FRAGMENT] }, [CREATED], 'failed'],
  ['is disabled, and none of ours', { unit: ['UnitFileState=disabled', FRAGMENT] }, [], 'ok'],
  ['runs on without its unit file', { unit: ['LoadState=not-found'] }, [], 'failed'],
  ['has another name in ops.yaml by now', { service: 'old.service' }, [], 'ok'],
])('a service that %s', async (_, what: { unit?: string[]; service?: string }, more, exit) => {
  const rows = await statusWith([...serving(what), ...more]);
  expect([rows[0]?.units.map(each => each.unit), exitOfStatus(rows)]).toEqual([[what.service ?? 'web.service'], exit]);
});

test('an app whose path was changed is not «nothing deployed»: it says where it is', async () => {
  const rows = await statusWith([...serving({}), 'target_path /srv/elsewhere']);
  expect(rows[0]?.problem).toMatchObject({ code: 'target-moved', message: expect.stringContaining('/srv/elsewhere') });
  expect(exitOfStatus(rows)).toBe('host-not-ready');
});

/** What a host says that serves release A of web. */
function serving({ state = 'proven', unit = [] as string[], service = 'web.service' }): string[] {
  const release = ['id=A', 'seq=1', `state=${state}`, 'digest=d', 'present=1', `service=${service}`, ''];
  const lines = new Map(
    [`Id=${service}`, 'Type=exec', 'LoadState=loaded', 'ActiveState=active', 'Result=success', ...unit].map(line => [
      line.split('=')[0],
      line,
    ]),
  );
  return [
    ...['target marked web', 'user_uid 990', 'current releases/A', 'current_release A'],
    ...release.map(line => `release ${line}`),
    ...[...lines.values(), ''].map(line => `unit ${line}`),
  ];
}

async function statusWith(facts: readonly string[]) {
  world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => [...healthyFacts(), ...facts],
  });
  const config = makeConfig([makeHost('web1', { port: world.port })], { file: join(world.folder, 'ops.yaml') });
  return readStatus(contextIn(world, { config }), { app: 'web', hosts: [] });
}
