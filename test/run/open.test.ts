import { afterEach, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { prepareDeploy } from '../../src/deploy/prepare.ts';
import { goingBack } from '../../src/deploy/purposes.ts';
import { prepareResume } from '../../src/deploy/resume.ts';
import { preparePrune, prepareRollback } from '../../src/deploy/rollback.ts';
import { prepareForget } from '../../src/hosts/forget/prepare.ts';
import { openHosts } from '../../src/run/open.ts';
import { healthyFacts, World } from '../preflight/fake-world.ts';
import { MACHINE_ID, makeApp } from '../preflight/hosts.ts';
import { contextIn } from '../support/context.ts';
import { makePin } from '../tailnet/nodes.ts';

const open: World[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(world => world.stop()));
});

/** One pinned host, which answers with these facts beside those of a healthy one. */
async function contextOf(facts: readonly string[], preflightMode: Context['preflightMode']): Promise<Context> {
  const world = await World.start({
    nodes: ['web1'],
    pins: [makePin('web1', { machineId: MACHINE_ID })],
    facts: () => healthyFacts(...facts),
  });
  open.push(world);
  return contextIn(world, { preflightMode });
}

/** The same with a source that is there. */
function deployable(context: Context): Context {
  const app = makeApp({ source: { kind: 'dir', dir: import.meta.dirname, exclude: [] } });
  return { ...context, config: { ...context.config, apps: { web: app } } };
}

const ANOTHER_MACHINE = [`machine_id ${'f'.repeat(32)}`, 'web/target none', 'web/user_uid 990'];
const NO_MACHINE_ID = ['machine_id ', 'web/target none', 'web/user_uid 990'];

test.each([
  ['another machine', ANOTHER_MACHINE, 'required'],
  ['another machine', ANOTHER_MACHINE, 'disabled'],
  ['nobody knows which machine', NO_MACHINE_ID, 'auto'],
] as const)('resume and forget stop where %s answers (%#)', async (_, facts, mode) => {
  const context = await contextOf(facts, mode);
  const refusal = { exit: 'identity-mismatch' };
  await expect(prepareResume(context, { run: null, texts: false })).rejects.toMatchObject(refusal);
  await expect(prepareForget(context, { host: 'web1', app: null, trees: false })).rejects.toMatchObject(refusal);
});

test('a host that is out of ops.yaml already goes back in until it is forgotten', async () => {
  const context = await contextOf([], 'required');
  await expect(prepareForget(context, { host: 'web2', app: 's2', trees: false })).rejects.toMatchObject({
    code: 'host-undeclared',
    hints: ['put web2 back under hosts: in ops.yaml until it is forgotten'],
  });
});

const TWO = ['A', 'B'].flatMap((id, at) =>
  [`id=${id}`, `seq=${at}`, 'state=proven', 'present=1', 'service=web.service', ''].map(line => `web/release ${line}`),
);

test.each([
  ['prune', (context: Context) => preparePrune(context, { app: null, hosts: [], keep: 2 })],
  ['rollback', (context: Context) => prepareRollback(context, { app: null, hosts: [], to: 'A', texts: false })],
])('%s forgives a full disk, which is told, and nothing else', async (_, prepare) => {
  const full = [
    'web/target marked web',
    'web/user_uid 990',
    'web/folder releases /srv',
    'web/disk 4096 1000 1 1000 1 ext4 /srv',
    'web/current releases/B',
    ...TWO,
  ];
  const prepared = await prepare(await contextOf([...full, 'web/current_release B'], 'required'));
  expect(prepared.preflight.results.find(({ id }) => id === 'disk')).toMatchObject({ verdict: 'warn', code: 'disk-full' });
  await prepared.close();
  await expect(prepare(await contextOf([...full, 'machine_id '], 'required'))).rejects.toMatchObject({ code: 'machine-unread' });
});

test('a host that says nothing of the app is refused, also where the mode forgives what is unknown', async () => {
  const context = await contextOf([], 'auto');
  const refusal = { code: 'facts-missing', exit: 'unknown', message: expect.stringContaining('web1') };
  await expect(openHosts(context, Object.values(context.config.hosts), goingBack(makeApp()))).rejects.toMatchObject(refusal);
  const request = { app: null, hosts: [], adopt: false, texts: false, full: false, waitMs: 0 };
  await expect(prepareDeploy(deployable(context), request)).rejects.toMatchObject(refusal);
});
