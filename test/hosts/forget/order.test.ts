import { describe, expect, test } from 'vitest';
import { FORGET } from '../../../src/hosts/forget/capability.ts';
import { forgetOrder } from '../../../src/hosts/forget/order.ts';
import { planForget } from '../../../src/hosts/forget/plan.ts';
import type { ForgetHostPlan, ForgetPlan } from '../../../src/hosts/forget/steps.ts';
import { send } from '../../../src/run/transact.ts';
import { makeConfig, makeHost } from '../../preflight/hosts.ts';
import { changedOnce } from '../../support/changed.ts';
import { frozen, sessionOf } from '../../support/deploy-run.ts';
import { RecordingHost, transactionIn } from '../../support/recording-host.ts';

const belongings = [
  { kind: 'unit', path: '/etc/systemd/system/web.service' },
  { kind: 'restored', path: '/srv/web/current' },
  { kind: 'state', path: '/var/lib/ops/apps/web' },
];
const host = {
  host: 'web1',
  fqdn: 'web1.lab.test',
  via: null,
  privilege: 'sudo',
  by: 'dana',
  only: 'web',
  trees: false,
} as const;
const PLAN = planForget({
  command: 'forget',
  config: makeConfig([]),
  run: 'r-1',
  overrides: [],
  hosts: [{ ...host, belongings }],
});

/** All that the host is told, besides the copy of the plan that it keeps for people. */
async function told(plan: ForgetPlan) {
  const runner = new RecordingHost('web1', () => []);
  const each = plan.hosts[0]!;
  const part = { host: makeHost('web1'), session: sessionOf(makeHost('web1'), runner), plan: each, started: 0, outcome: null };
  await send({ capability: FORGET, plan }, part, forgetOrder(each));
  const [start] = runner.sent;
  const transaction = transactionIn(start!);
  const without = ({ nonce: _, ...params }: typeof transaction.params) => params;
  return {
    programs: [start!.program, transaction.program],
    start: without(start!.params),
    transaction: without(transaction.params),
    blobs: transaction.blobs,
  };
}

describe('what goes is what the plan lists', () => {
  const said = [...changedOnce(frozen(PLAN.hosts[0]!.steps))].filter(({ path }) => !/\.(undo|kind)$/.test(path));

  test.each(said.map(({ path, value }) => [path, value] as const))('another %s is told to the host', async (_, steps) => {
    const other = { ...PLAN, hosts: [{ ...PLAN.hosts[0]!, steps }] };
    expect(await told(other)).not.toEqual(await told(PLAN));
  });

  const { only, trees, by, limitMs, privilege } = PLAN.hosts[0]!;
  const own = [...changedOnce<Partial<ForgetHostPlan>>({ only, trees, by, limitMs, privilege })];

  test.each(own.map(({ path, value }) => [path, value] as const))('another %s of the host is told to it', async (_, values) => {
    expect(await told({ ...PLAN, hosts: [{ ...PLAN.hosts[0]!, ...values }] })).not.toEqual(await told(PLAN));
  });

  test('in the order and the words in which the host listed them', async () => {
    expect(await told(PLAN)).toMatchObject({
      programs: ['forget.start', 'forget'],
      start: { volatile: ['1'], only: ['web'] },
      blobs: { belongings: belongings.map(({ kind, path }) => `${kind} ${path}\n`).join('') },
    });
  });
});

test('what was taken over is put back and not removed; the rest says that it cannot be undone', () => {
  expect(PLAN.hosts[0]!.steps).toEqual([
    { kind: 'remove', what: 'unit', path: '/etc/systemd/system/web.service', undo: expect.stringMatching(/^cannot be undone/) },
    { kind: 'restore', what: 'restored', path: '/srv/web/current', undo: expect.stringMatching(/--adopt takes it over again$/) },
    { kind: 'remove', what: 'state', path: '/var/lib/ops/apps/web', undo: expect.stringMatching(/^cannot be undone/) },
  ]);
});

test('hosts are sorted, and a host with nothing of ours has no steps', () => {
  const facts = { config: makeConfig([]), run: 'r-1', overrides: [] };
  const plan = planForget({ command: 'forget', ...facts, hosts: ['b', 'a'].map(id => ({ ...host, host: id, belongings: [] })) });
  expect(plan.hosts.map(each => [each.host, each.steps.length])).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
  expect(plan).toMatchObject({ capability: 'forget', scope: { kind: 'host' } });
});
