import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { RunFacts } from '../../../src/host/facts/types.ts';
import { planForget } from '../../../src/hosts/forget/plan.ts';
import { executeResume, type PreparedResume } from '../../../src/hosts/forget/resume.ts';
import { loadPins, savePins } from '../../../src/tailnet/pins-file.ts';
import { World } from '../../preflight/fake-world.ts';
import { makeConfig, makeHost } from '../../preflight/hosts.ts';
import { contextIn } from '../../support/context.ts';
import { frozen, PREFLIGHT, sessionOf } from '../../support/deploy-run.ts';
import { ended, hostThat, told } from '../../support/hosts-that-answer.ts';
import type { RecordingHost } from '../../support/recording-host.ts';
import { makePin } from '../../tailnet/nodes.ts';

let world: World;
let context: Context;

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
  await savePins(join(world.folder, 'ops.pins'), [makePin('web1')]);
});

afterEach(() => world.stop());

const pins = async () => (await loadPins(join(world.folder, 'ops.pins'))).length;
const RUN: RunFacts = {
  ...{ run: 'r-A', mode: 'forget', release: '', by: 'dana', since: '2026-11-21T07:00:00Z', phase: 'remove' },
  ...{ about: { only: '', trees: '' }, before: null, alive: false, record: null },
};
const UNIT = { kind: 'unit', path: '/etc/systemd/system/web.service' };
const GONE_FROM_IT = ['record outcome done', 'record seen left 0', 'seen left 0'];

function resume(host: RecordingHost, kind: PreparedResume['parts'][number]['found']['kind'], belongings = [UNIT]) {
  const each = {
    host: 'web1',
    fqdn: 'web1.lab.test',
    via: null,
    privilege: 'sudo',
    by: 'dana',
    only: null,
    trees: false,
  } as const;
  const plan = planForget({
    ...{ command: 'resume', config: makeConfig([]), run: 'r-B', overrides: [] },
    hosts: [{ ...each, belongings: kind === 'half-way' ? belongings : [] }],
  });
  const config = makeHost('web1');
  const one = { host: config, session: sessionOf(config, host), found: { kind, run: RUN }, started: 0, outcome: null };
  const parts = plan.hosts.map(planned => ({ ...one, plan: planned }));
  return executeResume(context, frozen({ plan, preflight: PREFLIGHT, parts, close: async () => {} }));
}

test('a forget that was cut off removes what is left, as it is listed now, and then the pin', async () => {
  const host = hostThat('web1', { forget: () => GONE_FROM_IT });
  expect(await resume(host, 'half-way')).toMatchObject([{ result: 'done' }]);
  expect(host.transactions).toMatchObject([{ params: { run: ['r-B'] }, blobs: { belongings: `unit ${UNIT.path}\n` } }]);
  expect(await pins()).toBe(0);
});

test('one that was cut off after its last removal is done, and sends nothing', async () => {
  const host = hostThat('web1');
  expect(await resume(host, 'half-way', [])).toMatchObject([{ result: 'done', seen: { left: '0' } }]);
  expect(host.executions).toBe(0);
  expect(await pins()).toBe(0);
});

test.each(['alive', 'ended'] as const)('one that is %s is watched: nothing is changed', async kind => {
  const host = hostThat('web1', { 'forget.follow': () => GONE_FROM_IT });
  expect(await resume(host, kind)).toMatchObject([{ result: 'done' }]);
  expect(told(host)).toEqual(['forget.follow']);
});

test('one that did not remove everything keeps the pin, and says how to go on', async () => {
  const host = hostThat('web1', { forget: () => ended('stuck', { code: 'forget-failed', reason: 'not everything' }) });
  expect(await resume(host, 'half-way')).toMatchObject([{ result: 'stuck', exit: 'failed', hints: ['ops hosts forget web1'] }]);
  expect(await pins()).toBe(1);
});
