import { describe, expect, test } from 'vitest';
import { DEPLOY } from '../../../src/deploy/capability.ts';
import { backOrder, confirmOrder, deployOrder, orderWithoutFiles, stageOrder } from '../../../src/deploy/execute/order.ts';
import { planPrune } from '../../../src/deploy/plan/prune.ts';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import { planRollback } from '../../../src/deploy/plan/rollback.ts';
import type { DeployHostPlan, DeployPlan } from '../../../src/deploy/steps.ts';
import type { RunFacts } from '../../../src/host/facts/types.ts';
import { deployVoice } from '../../../src/report/deploy/index.ts';
import type { Order } from '../../../src/run/capability.ts';
import { send } from '../../../src/run/transact.ts';
import { makeConfig, makeHost } from '../../preflight/hosts.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { changedOnce } from '../../support/changed.ts';
import { FULL_APP, frozen, fullHost, fullPlan, SECRET, sessionOf, UNIT_TEXT } from '../../support/deploy-run.ts';
import { RecordingHost, type Sent, transactionIn } from '../../support/recording-host.ts';

const full = fullHost('web1', FULL_APP);
const TAKEN = { path: '/opt/web', owner: 'web', ids: '990:990', mode: '775', becomes: '755' };
const adopting = fullHost('web1', FULL_APP, { adopt: '/opt/web', take: [TAKEN] });
const { contents } = full;
const DEPLOYED = fullPlan(FULL_APP, [full.planned]);
const ADOPTED = fullPlan(FULL_APP, [adopting.planned]);
const DIFFERENCE = { add: ['f\t644\tx\tserver'], drop: [], upload: ['server'] };

const input = { config: makeConfig([]), app: FULL_APP, run: 'r-1', overrides: [] };
const later = appFacts(
  ['A', 'B', 'C', 'D', 'E', 'F'].map((id, seq) => {
    const services = id === 'E' ? ['web.service', 'worker.service'] : ['web.service', 'old.service'];
    return releaseFacts(id, seq, { services, stableMs: 9_000 });
  }),
  { created: ['/etc/systemd/system/old.service'] },
);
const host = { ...full.planned, facts: later };
const halfWay = { run: 'r-0', release: 'F', before: 'E', mode: 'deploy' } as RunFacts;
const ROLLED_BACK = planRollback({ ...input, to: null, hosts: [host] });
const RESUMED = planResume({ ...input, hosts: [{ ...host, found: { kind: 'half-way', run: halfWay } }] });
const PRUNED = planPrune({ ...input, keep: 2, hosts: [host] });

const AGAIN = { left: 'failed', code: 'operator-probe', why: 'silent' } as const;
const ORDERS: Record<string, [DeployPlan, (plan: DeployPlan, host: DeployHostPlan) => Order]> = {
  deploy: [DEPLOYED, (plan, each) => deployOrder(plan, each, contents)],
  'deploy with --adopt': [ADOPTED, (plan, each) => deployOrder(plan, each, contents)],
  rollback: [ROLLED_BACK, (_, each) => orderWithoutFiles('rollback', each)],
  resume: [RESUMED, (_, each) => orderWithoutFiles('resume', each)],
  prune: [PRUNED, (_, each) => orderWithoutFiles('prune', each)],
  back: [DEPLOYED, (_, each) => backOrder(each, 'releases/D', AGAIN)],
  confirm: [DEPLOYED, (_, each) => confirmOrder(each, 'releases/D')],
};

/** All that the host is told, besides the copy of the plan that it keeps for people; or that the plan is refused. */
async function told(plan: DeployPlan, orderOf: (plan: DeployPlan, host: DeployHostPlan) => Order): Promise<unknown> {
  const each = plan.hosts[0]!;
  const runner = new RecordingHost('web1', () => []);
  const session = sessionOf(makeHost('web1'), runner);
  const part = { host: makeHost('web1'), session, plan: each, started: 0, outcome: null };
  try {
    const order = orderOf(plan, each);
    await send({ capability: DEPLOY, plan }, part, order);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bug' });
    return 'refused';
  }
  const [start] = runner.sent;
  const staged = plan.command === 'deploy' ? stageOrder(plan, each, DIFFERENCE) : null;
  return { staged, start: plain(start!.params), transaction: bare(transactionIn(start!)) };
}

function bare({ program, params, blobs }: Sent) {
  return { program, params: plain(params), blobs };
}

function plain({ nonce: _, ...params }: Sent['params']) {
  return params;
}

describe.each(Object.entries(ORDERS))('%s: the plan is the instruction', (name, [plan, orderOf]) => {
  /**
   * What a step says to people, or only this machine acts on; for what goes to a release that the host has, what it keeps with
   * the release; and the fence, where it is what was just seen.
   */
  const excepted = [
    /\.undo$/,
    /\.kind$/,
    /^upload\.(files|bytes|ofBytes)$/,
    /^take\.owner$/,
    /^retain\.keep$/,
    ...(name.startsWith('deploy') ? [] : [/^(restart\.origin|stable\.startMs)$/]),
    ...(name === 'back' || name === 'confirm'
      ? [/^(take|adopt|upload|install|environment|check|swap|probe)\./, /^(restart\.origin|stable\.startMs)$/]
      : []),
  ];
  const said = [...changedOnce(frozen(plan.hosts[0]!.steps))].flatMap(({ path, value }) => {
    const [index, ...rest] = path.split('.');
    const step = plan.hosts[0]!.steps[Number(index)]!;
    const key = [step.kind, ...rest].join('.');
    // How it is asked from here: test/deploy/execute/ask-from-here.test.ts. The host hears that somebody asks.
    const ours = step.kind === 'probe' && step.from === 'operator' && (key !== 'probe.from' || !name.startsWith('deploy'));
    return ours || excepted.some(pattern => pattern.test(key)) ? [] : [[`${index} ${key}`, value] as const];
  });

  test.each(said)('another %s is told to the host', async (_, steps) => {
    const other = { ...plan, hosts: [{ ...plan.hosts[0]!, steps }] };
    expect(await told(other, orderOf)).not.toEqual(await told(plan, orderOf));
  });

  const { app, path, release, backTo, by, limitMs, privilege, user, fence } = plan.hosts[0]!;
  const fields = {
    ...{ app, path, release, backTo, by, limitMs, privilege, fence },
    ...(name.startsWith('deploy') && { user }),
  };
  const own = [...changedOnce(fields)].filter(each => !(/^(back|confirm)$/.test(name) && each.path === 'fence.current'));

  test.each(own.map(each => [each.path, each.value] as const))('another %s of the host is told to it', async (_, values) => {
    const other = { ...plan, hosts: [{ ...plan.hosts[0]!, ...values }] };
    expect(await told(other, orderOf)).not.toEqual(await told(plan, orderOf));
  });

  test('says what it is to be read of: the same plan is told the same', async () => {
    expect(await told(structuredClone(plan), orderOf)).toEqual(await told(plan, orderOf));
  });

  test('names the way back of the plan and no other', async () => {
    expect(await told(plan, orderOf)).toMatchObject({ transaction: { params: { back: [backTo ?? ''] } } });
    const without = { ...plan, hosts: [{ ...plan.hosts[0]!, backTo: null }] };
    expect(await told(without, orderOf)).toMatchObject({ transaction: { params: { back: [''] } } });
  });
});

test('the plans of this test hold every kind of step', () => {
  const kinds = new Set([DEPLOYED, ADOPTED, ROLLED_BACK].flatMap(({ hosts }) => hosts[0]!.steps.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(
    [
      'adopt',
      'check',
      'environment',
      'install',
      'probe',
      'remove',
      'restart',
      'retain',
      'stable',
      'swap',
      'take',
      'uninstall',
      'upload',
    ].sort(),
  );
  for (const plan of [DEPLOYED, ROLLED_BACK, PRUNED]) {
    expect(plan.hosts[0]!.steps.find(step => step.kind === 'retain')).not.toMatchObject({ remove: [] });
  }
});

describe('contents travel beside the plan', () => {
  const deploy = (given: typeof contents) => () => deployOrder(DEPLOYED, DEPLOYED.hosts[0]!, given);
  const [digest] = [...contents.texts.keys()] as [string];

  test('a unit and the env file arrive as they are', () => {
    const { blobs } = deploy(contents)();
    expect(blobs['unit.worker.service']).toBe(UNIT_TEXT);
    expect(blobs['dropin.nginx.service']).toContain('EnvironmentFile=/etc/ops/web.env');
    expect(blobs.env).toBe(`MODE="fast"\nTOKEN="${SECRET}"\n`);
  });

  test.each<[string, typeof contents]>([
    ['a text that is not the one of the digest', { ...contents, texts: new Map([...contents.texts, [digest, 'other\n']]) }],
    ['a text that is not there', { ...contents, texts: new Map() }],
    ['a variable without a value', { ...contents, env: { MODE: 'fast' } }],
    ['a secret from elsewhere than the plan says', { ...contents, env: { ...contents.env, TOKEN: 'plain' } }],
  ])('%s is a bug, and nothing is sent', (_, given) => {
    expect(deploy(given)).toThrow(expect.objectContaining({ code: 'bug' }));
  });

  test('what is printed and kept holds no text of a file and no value of a secret', async () => {
    const runner = new RecordingHost('web1', () => []);
    const each = DEPLOYED.hosts[0]!;
    const part = { host: makeHost('web1'), session: sessionOf(makeHost('web1'), runner), plan: each, started: 0, outcome: null };
    await send({ capability: DEPLOY, plan: DEPLOYED }, part, deployOrder(DEPLOYED, each, contents));
    const [start] = runner.sent;
    expect(start!.blobs.program, 'it does travel').toContain(SECRET);
    const kept = [JSON.stringify(DEPLOYED), start!.blobs['plan.json']!, ...deployVoice.plan(DEPLOYED)].join('\n');
    expect(kept).toContain('env WEB_TOKEN');
    expect(kept).not.toContain(SECRET);
    expect(kept).not.toContain('ExecStart');
    expect(JSON.parse(start!.blobs['plan.json']!)).toEqual(DEPLOYED);
  });
});

test.each(['deploy', 'rollback'])('a %s whose step swaps to another release than the host is to have is a bug', name => {
  const [plan, orderOf] = ORDERS[name]!;
  const each = plan.hosts[0]!;
  const steps = each.steps.filter(({ kind }) => kind !== 'swap');
  expect(() => orderOf(plan, { ...each, steps })).toThrow(expect.objectContaining({ code: 'bug' }));
});
