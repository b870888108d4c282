import { afterEach, expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { prepareDeploy } from '../../src/deploy/prepare.ts';
import { prepareResume } from '../../src/deploy/resume.ts';
import { preparePrune, prepareRollback } from '../../src/deploy/rollback.ts';
import { prepareForget } from '../../src/hosts/forget/prepare.ts';
import { checkHosts } from '../../src/preflight/index.ts';
import { readLogs } from '../../src/status/logs.ts';
import { readPlaces } from '../../src/status/read.ts';
import { contextIn } from '../support/context.ts';
import { makePin } from '../tailnet/nodes.ts';
import { World } from './fake-world.ts';
import { MACHINE_ID, makeApp, makeConfig, makeHost } from './hosts.ts';

const open: World[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(world => world.stop()));
});

/** web1 and web2 in the tailnet, and the machine itself; the app is on these. */
async function contextOf(appHosts: readonly string[], overrides: Partial<Context> = {}): Promise<[Context, World]> {
  const nodes = ['web1', 'web2'];
  const world = await World.start({ nodes, pins: nodes.map(name => makePin(name, { machineId: MACHINE_ID })) });
  open.push(world);
  const hosts = [...nodes.map(name => makeHost(name, { port: world.port })), makeHost('local', { local: true })];
  const source = { kind: 'dir', dir: import.meta.dirname, exclude: [] } as const;
  const apps = { web: makeApp({ hosts: appHosts, source }) };
  const config = makeConfig(hosts, { apps, file: `${world.folder}/ops.yaml` });
  return [contextIn(world, { config, via: '127.0.0.1', ...overrides }), world];
}

const logs = { release: null, lines: 1, since: null, follow: false };
const deploy = { adopt: false, texts: false, full: false, waitMs: 0 };

/** Every command that takes --via, with the hosts that were asked for. */
const COMMANDS: readonly [string, (context: Context, hosts: readonly string[]) => Promise<unknown>][] = [
  ['preflight', (context, hosts) => checkHosts(context, { hosts, app: 'web' })],
  ['deploy', (context, hosts) => prepareDeploy(context, { app: null, hosts, ...deploy })],
  ['rollback', (context, hosts) => prepareRollback(context, { app: null, hosts, to: null, texts: false })],
  ['releases --prune', (context, hosts) => preparePrune(context, { app: null, hosts, keep: null })],
  ['status', (context, hosts) => readPlaces(context, { app: null, hosts }, [])],
  ['logs', (context, hosts) => readLogs(context, { app: null, hosts, ...logs }, () => {})],
];

const MANY = {
  code: 'via-many-hosts',
  exit: 'usage',
  message: '--via 127.0.0.1 is the address of one host, and this concerns web1, web2',
  hints: [expect.stringContaining('-H HOST')],
};
const LOCAL = { code: 'via-local', exit: 'usage', message: expect.stringMatching(/^local is this machine itself/) };

test.each(COMMANDS)('%s: one address is not that of two hosts, and nothing is asked', async (_, command) => {
  const pinNew = vi.fn(async () => {});
  const [context, world] = await contextOf(['web1', 'web2'], { pinNew });
  await expect(command(context, [])).rejects.toMatchObject(MANY);
  expect(world.ran.filter(({ program }) => program !== 'git')).toEqual([]);
  expect(pinNew).not.toHaveBeenCalled();
});

test.each(COMMANDS)('%s: the machine itself has no other address', async (_, command) => {
  const [context, world] = await contextOf(['web1', 'local']);
  await expect(command(context, ['local'])).rejects.toMatchObject(LOCAL);
  expect(world.ran.filter(({ program }) => program !== 'git')).toEqual([]);
});

test('resume: the hosts of the app', async () => {
  const [both] = await contextOf(['web1', 'web2']);
  await expect(prepareResume(both, { run: null, texts: false })).rejects.toMatchObject(MANY);
  const [local] = await contextOf(['local']);
  await expect(prepareResume(local, { run: null, texts: false })).rejects.toMatchObject(LOCAL);
});

test('hosts forget: not the machine itself', async () => {
  const [context] = await contextOf(['web1']);
  await expect(prepareForget(context, { host: 'local', app: null, trees: false })).rejects.toMatchObject(LOCAL);
});

test('-H picks the one host, also where it is named twice', async () => {
  const [context] = await contextOf(['web1', 'web2']);
  const { reports } = await checkHosts(context, { hosts: ['web1', 'web1'], app: 'web' });
  expect(reports).toMatchObject([{ host: { id: 'web1' }, via: '127.0.0.1', address: '127.0.0.1' }]);
});
