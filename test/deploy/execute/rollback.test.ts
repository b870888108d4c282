import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { executePrune, executeRollback } from '../../../src/deploy/execute/rollback.ts';
import { planPrune } from '../../../src/deploy/plan/prune.ts';
import { planRollback } from '../../../src/deploy/plan/rollback.ts';
import type { HostOutcome } from '../../../src/plan/outcome.ts';
import { World } from '../../preflight/fake-world.ts';
import { makeConfig } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { silentQuestion } from '../../support/closed-port.ts';
import { contextIn } from '../../support/context.ts';
import { preparedApp } from '../../support/deploy-run.ts';
import { ended, GONE, hostThat, told } from '../../support/hosts-that-answer.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

let world: World;
let context: Context;

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
});

afterEach(() => world.stop());

const factsOf = (...probes: string[]) => appFacts(['A', 'B', 'C'].map((id, seq) => releaseFacts(id, seq, { probes })));
const planned = (id: string, facts = factsOf()) =>
  ({ host: id, fqdn: `${id}.lab.test`, via: null, privilege: 'sudo', by: 'dana', facts }) as const;
const results = (outcomes: readonly HostOutcome[]) => outcomes.map(({ host, result, code }) => `${host} ${result} ${code}`);

/** To a release that is asked this from here. */
function rollback(hosts: readonly RecordingHost[], ...questions: string[]) {
  const facts = factsOf(...questions);
  const input = { config: makeConfig([]), app: appConfig(), run: 'r-1', to: null, overrides: [] };
  const plan = planRollback({ ...input, hosts: hosts.map(({ host }) => planned(host, facts)) });
  return executeRollback(
    context,
    preparedApp(plan, hosts, () => facts),
  );
}

test('each host goes to the release that its plan names, in one transaction without files', async () => {
  const hosts = [hostThat('web1'), hostThat('web2')];
  expect(results(await rollback(hosts))).toEqual(['web1 done null', 'web2 done null']);
  for (const host of hosts) {
    expect(told(host)).toEqual(['deploy.start rollback']);
    expect(host.transactions[0]).toMatchObject({
      params: { mode: ['rollback'], release: ['B'], back: ['C'], fence_current: ['releases/C'], restart: ['web.service'] },
      blobs: {},
    });
  }
});

test('one that fails is on its own: the other stays where it went', async () => {
  const web1 = hostThat('web1');
  const web2 = hostThat('web2', {
    rollback: () => ended('reverted', { code: 'probe-failed', reason: '503', current: 'releases/C' }),
  });
  expect(results(await rollback([web1, web2]))).toEqual(['web1 done null', 'web2 reverted probe-failed']);
  expect(told(web1)).toEqual(['deploy.start rollback']);
});

test('and is asked from here all the same', async () => {
  const web1 = hostThat('web1');
  const web2 = hostThat('web2', {
    rollback: () => ended('reverted', { code: 'probe-failed', reason: '503', current: 'releases/C' }),
  });
  const outcomes = await rollback([web1, web2], await silentQuestion());
  expect(results(outcomes)).toEqual(['web1 reverted operator-probe', 'web2 reverted probe-failed']);
  expect(told(web2)).toEqual(['deploy.start rollback']);
});

test('a release that does not answer from here is left again, and stays the proven one that it was', async () => {
  const host = hostThat('web1');
  const [outcome] = await rollback([host], await silentQuestion());
  expect(outcome).toMatchObject({ result: 'reverted', code: 'operator-probe', seen: { release: 'C' } });
  expect(host.transactions[1]!.params).toMatchObject({
    run: ['r-1-back'],
    mode: ['back'],
    release: ['B'],
    back: ['C'],
    left: ['kept'],
    code: ['operator-probe'],
  });
});

test('what is left is what was seen to be current, wherever that lies', async () => {
  const host = hostThat('web1', { rollback: () => ended('done', { current: '/opt/web' }, 'release adopted', 'state proven') });
  await rollback([host], await silentQuestion());
  expect(host.transactions[1]!.params).toMatchObject({ fence_current: ['/opt/web'] });
});

test('and where that was not seen, what an adopted one is known to lie at', async () => {
  const adopted = releaseFacts('adopted', 0, { adopted: true, link: '/opt/web', probes: [await silentQuestion()] });
  const there = appFacts([adopted, releaseFacts('C', 1)]);
  const host = hostThat('web1', { rollback: () => ['record outcome done', 'record code ok', 'record release adopted'] });
  const input = { config: makeConfig([]), app: appConfig(), run: 'r-1', to: null, overrides: [] };
  const plan = planRollback({ ...input, hosts: [planned('web1', there)] });
  const prepared = preparedApp(plan, [host], () => there);
  await executeRollback(context, prepared);
  expect(host.transactions[1]!.params).toMatchObject({ fence_current: ['/opt/web'] });
});

test('a prune removes what its plan names, tells what went, and asks nobody', async () => {
  const host = hostThat('web1', {
    prune: () => ended('done', { current: 'releases/C' }, 'release C', 'detail removed release A'),
  });
  const facts = factsOf(await silentQuestion());
  const input = { config: makeConfig([]), app: appConfig(), run: 'r-1', keep: 1, overrides: [] };
  const plan = planPrune({ ...input, hosts: [planned('web1', facts)] });
  const outcomes = await executePrune(
    context,
    preparedApp(plan, [host], () => facts),
  );
  expect(outcomes).toMatchObject([{ result: 'done', details: ['removed release A'], seen: { release: 'C' } }]);
  expect(host.transactions).toMatchObject([{ params: { mode: ['prune'], remove: ['A'], back: ['B'] } }]);
});

test('a connection that goes is told as what it is, with the way to find out', async () => {
  expect(await rollback([hostThat('web1', { rollback: () => GONE })])).toMatchObject([
    { result: 'unknown', code: 'outcome-unknown', hints: ['ops resume r-1'] },
  ]);
});

test('a run that is asked to stop before it has begun is asked all the same', async () => {
  context = { ...context, signal: AbortSignal.abort('interrupted') };
  const host = hostThat('web1', { rollback: () => ended('refused', { code: 'stopped', reason: 'stopped before the swap' }) });
  expect(results(await rollback([host]))).toEqual(['web1 refused stopped']);
  expect(told(host)).toEqual(['stop', 'deploy.start rollback']);
});
