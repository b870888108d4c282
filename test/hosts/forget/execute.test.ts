import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { executeForget } from '../../../src/hosts/forget/execute.ts';
import { planForget } from '../../../src/hosts/forget/plan.ts';
import type { PreparedForget } from '../../../src/hosts/forget/prepare.ts';
import { exitOf } from '../../../src/plan/outcome.ts';
import { loadPins, savePins } from '../../../src/tailnet/pins-file.ts';
import type { Peer } from '../../../src/tailnet/types.ts';
import { World } from '../../preflight/fake-world.ts';
import { makeConfig, makeHost } from '../../preflight/hosts.ts';
import { contextIn } from '../../support/context.ts';
import { frozen, PREFLIGHT, sessionOf } from '../../support/deploy-run.ts';
import { ended, GONE, hostThat, told } from '../../support/hosts-that-answer.ts';
import type { Answered, RecordingHost } from '../../support/recording-host.ts';
import { makePeer, makePin } from '../../tailnet/nodes.ts';

let world: World;
let context: Context;

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
  await savePins(join(world.folder, 'ops.pins'), [makePin('web1'), makePin('web2')]);
});

afterEach(() => world.stop());

const pinned = async () => (await loadPins(join(world.folder, 'ops.pins'))).map(({ fqdn }) => fqdn);
const BOTH = ['web1.lab.test', 'web2.lab.test'];
const UNIT = { kind: 'unit', path: '/etc/systemd/system/web.service' };
const GONE_FROM_IT = ['record outcome done', 'record seen left 0', 'seen left 0'];

function forget(
  host: RecordingHost,
  { only = null as string | null, belongings = [UNIT], peer = makePeer(host.host) as Peer | null } = {},
) {
  const each = {
    host: host.host,
    fqdn: `${host.host}.lab.test`,
    via: null,
    privilege: 'sudo',
    by: 'dana',
    only,
    trees: false,
  } as const;
  const plan = planForget({
    command: 'forget',
    config: makeConfig([]),
    run: 'r-1',
    overrides: [],
    hosts: [{ ...each, belongings }],
  });
  const parts = plan.hosts.map(planned => {
    const config = makeHost(host.host);
    return { host: config, session: sessionOf(config, host, { peer }), plan: planned, started: 0, outcome: null };
  });
  const prepared: PreparedForget = { plan, preflight: PREFLIGHT, parts, close: async () => {} };
  return executeForget(context, frozen(prepared));
}

test('what the plan lists goes, in a run that lies where the next boot clears up; then the pin goes', async () => {
  const host = hostThat('web1', { forget: () => GONE_FROM_IT });
  expect(await forget(host)).toMatchObject([{ result: 'done', code: null, details: [] }]);
  expect(told(host)).toEqual(['forget.start forget']);
  expect(host.sent[0]!.params).toMatchObject({ run: ['r-1'], volatile: ['1'] });
  expect(host.transactions).toMatchObject([{ program: 'forget', blobs: { belongings: `unit ${UNIT.path}\n` } }]);
  expect(await pinned()).toEqual(['web2.lab.test']);
});

test('also the pin of a host that the tailnet does not know any more, and that --via reached', async () => {
  await forget(hostThat('web1', { forget: () => GONE_FROM_IT }), { peer: null });
  expect(await pinned()).toEqual(['web2.lab.test']);
});

test('one app of several goes alone: the host stays ours, and pinned', async () => {
  const host = hostThat('web1', { forget: () => ended('done') });
  expect(await forget(host, { only: 'web' })).toMatchObject([{ result: 'done' }]);
  expect(host.transactions[0]!.params).toMatchObject({ only: ['web'] });
  expect(await pinned()).toEqual(BOTH);
});

test('a host with nothing of ours is sent nothing', async () => {
  const host = hostThat('web1');
  expect(await forget(host, { belongings: [] })).toMatchObject([{ result: 'unchanged' }]);
  expect(host.executions).toBe(0);
});

test.each<[string, () => Answered, object, string]>([
  [
    'stuck',
    () => ended('stuck', { code: 'forget-failed', reason: 'not everything could be removed' }, 'detail unit /x'),
    { code: 'forget-failed', details: ['unit /x'], hints: ['ops hosts forget web1'] },
    'failed',
  ],
  ['stale', () => ended('stale', { code: 'facts-changed', reason: 'no' }), { hints: ['ops hosts forget web1'] }, 'refused'],
  [
    'lock-held',
    () => ended('lock-held', { code: 'lock-held', reason: 'run r-9 of web is going on' }),
    { hints: ['ops status'] },
    'lock-held',
  ],
  ['refused', () => ended('refused', { code: 'stopped', reason: 'stopped' }), { hints: ['ops hosts forget web1'] }, 'refused'],
  ['unknown', () => GONE, { code: 'outcome-unknown', hints: ['ops resume r-1'] }, 'unknown'],
])('a host that is %s keeps its pin, and says how to go on', async (result, answer, said, exit) => {
  const outcomes = await forget(hostThat('web1', { forget: answer }));
  expect(outcomes).toMatchObject([{ result, ...said }]);
  expect(exitOf(outcomes)).toBe(exit);
  expect(await pinned()).toEqual(BOTH);
});

test('the way on names the app that it was about', async () => {
  const host = hostThat('web1', { forget: () => ended('stale', { code: 'facts-changed', reason: 'no' }) });
  expect(await forget(host, { only: 'web' })).toMatchObject([{ hints: ['ops hosts forget web1 --app web'] }]);
});
