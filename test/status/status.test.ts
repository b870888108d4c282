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
  const release = ['id=A', 'seq=1', `state=${state}`, 'digest=d', 'present=1', ''].map(line => `release ${line}`);
  const unit = ['Id=web.service', 'Type=exec', 'LoadState=loaded', 'ActiveState=active', 'Result=success', ''].map(
    line => `unit ${line}`,
  );
  const facts = ['target marked web', 'user_uid 990', 'current releases/A', 'current_release A', ...release, ...unit];
  world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => [...healthyFacts(), ...facts],
  });
  const config = makeConfig([makeHost('web1', { port: world.port })], { file: join(world.folder, 'ops.yaml') });
  const rows = await readStatus(contextIn(world, { config }), { app: 'web', hosts: [] });
  expect([rows[0]?.current?.state, exitOfStatus(rows)]).toEqual([state, exit]);
});
