import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { planAsItIs, planOf } from '../../src/deploy/plan/base.ts';
import type { HostOutcome, HostResult } from '../../src/plan/outcome.ts';
import { carry } from '../../src/run/carry.ts';
import type { Part } from '../../src/run/part.ts';
import { plainOutcome, toldOf } from '../../src/run/part.ts';
import type { Prepared } from '../../src/run/use-case.ts';
import { World } from '../preflight/fake-world.ts';
import { makeConfig, makeHost } from '../preflight/hosts.ts';
import { appConfig } from '../support/app-config.ts';
import { appFacts } from '../support/app-facts.ts';
import { contextIn } from '../support/context.ts';
import { frozen, PREFLIGHT, sessionOf } from '../support/deploy-run.ts';
import { RecordingHost } from '../support/recording-host.ts';

let world: World;
let context: Context;
let notes: string[] = [];

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  notes = [];
  context = contextIn(world, { emit: event => event.type === 'note' && notes.push(event.text) });
});

afterEach(() => world.stop());

const receipt = async (name: string) =>
  JSON.parse(await readFile(join(context.stateDir, 'receipts', 'r-B', name), 'utf8')) as Record<string, unknown>;

function prepared(...ids: string[]): Prepared {
  const app = appConfig({ hosts: ids });
  const hosts = ids.map(id => {
    const planned = { host: id, fqdn: `${id}.lab.test`, via: null, privilege: 'sudo', by: 'dana', facts: appFacts() } as const;
    return planAsItIs(planned, app);
  });
  const plan = planOf('deploy', { config: makeConfig([]), app, run: 'r-B', overrides: ['--via 10.0.0.1'] }, hosts);
  const target = { address: '100.64.0.2' } as Part['session']['target'];
  const parts = plan.hosts.map((each): Part => {
    const host = makeHost(each.host);
    const session = sessionOf(host, new RecordingHost(each.host, () => []), { target });
    return { host, session, plan: each, started: 0, outcome: null };
  });
  return frozen({ plan, preflight: PREFLIGHT, parts, close: async () => {} });
}

const outcomesOf = ({ parts }: Prepared, ...results: HostResult[]) =>
  parts.map((part, at): HostOutcome => plainOutcome(toldOf(context, 'r-B', part), results[at]!));

test('the receipt says RUNNING while hosts are changed, and how it ended afterwards', async () => {
  const one = prepared('web1', 'web2');
  const outcome = await carry(
    context,
    {
      execute: async () => {
        expect(await receipt('result.json')).toMatchObject({ state: 'RUNNING' });
        return outcomesOf(one, 'done', 'unknown');
      },
    },
    one,
  );
  const scope = { kind: 'app', app: 'web' };
  expect(outcome).toMatchObject({ run: 'r-B', scope, exit: 'unknown', receipt: join(context.stateDir, 'receipts', 'r-B') });
  expect(await receipt('result.json')).toMatchObject({
    state: 'ENDED',
    exit: 41,
    overrides: ['--via 10.0.0.1'],
    hosts: [
      { host: 'web1', result: 'done' },
      { host: 'web2', result: 'unknown' },
    ],
  });
});

test('the receipt says who each host took us for, how it was reached and what preflight saw', async () => {
  const one = prepared('web1', 'web2');
  await carry(context, { execute: async () => outcomesOf(one, 'done', 'done') }, one);
  const reached = {
    who: { kind: 'user', login: 'dev@example.com', node: 'op.lab.test' },
    address: '100.64.0.2',
    path: { kind: 'direct', latencyMs: 12, via: '10.0.0.1:41641' },
  };
  expect(await receipt('plan.json')).toMatchObject({
    schema: 'ops/plan@2',
    capability: 'deploy',
    hosts: [
      { host: 'web1', ...reached },
      { host: 'web2', ...reached },
    ],
    preflight: { mode: 'required', results: [{ id: 'machine', verdict: 'pass' }] },
  });
});

test('a receipt that cannot be finished is a note: the outcome stands', async () => {
  const one = prepared('web1');
  const folder = join(context.stateDir, 'receipts', 'r-B');
  const execute = async () => {
    await rm(folder, { recursive: true });
    await mkdir(join(folder, 'result.json'), { recursive: true });
    return outcomesOf(one, 'unknown');
  };
  expect(await carry(context, { execute }, one)).toMatchObject({ exit: 'unknown', receipt: null });
  expect(notes).toEqual([expect.stringMatching(/r-B could not be finished: EISDIR/)]);
});

test('where no receipt can be written nothing is changed', async () => {
  await mkdir(context.stateDir, { recursive: true });
  await writeFile(join(context.stateDir, 'receipts'), 'in the way');
  let asked = 0;
  const execute = async () => {
    asked += 1;
    return [];
  };
  await expect(carry(context, { execute }, prepared('web1'))).rejects.toMatchObject({ code: 'receipt-unwritable' });
  expect(asked).toBe(0);
});

test.each<[string | undefined, HostResult[], string]>([
  ['interrupted', ['refused', 'not-started'], 'interrupted'],
  ['terminated', ['failed', 'unchanged'], 'terminated'],
  ['interrupted', ['refused', 'unknown'], 'unknown'],
  ['interrupted', ['reverted', 'not-started'], 'rolled-back'],
  ['interrupted', ['done', 'done'], 'ok'],
  [undefined, ['refused', 'not-started'], 'refused'],
])('a signal that says %s, where hosts are %j, ends as %s', async (reason, results, exit) => {
  const abort = new AbortController();
  const one = prepared('web1', 'web2');
  const execute = async () => {
    if (reason !== undefined) abort.abort(reason);
    return outcomesOf(one, ...results);
  };
  expect(await carry({ ...context, signal: abort.signal }, { execute }, one)).toMatchObject({ exit });
});

test('an error ends the receipt, too, and stays the error that it is', async () => {
  const one = prepared('web1');
  const broken = new Error('no such stage');
  await expect(carry(context, { execute: () => Promise.reject(broken) }, one)).rejects.toBe(broken);
  expect(await receipt('result.json')).toMatchObject({
    ...{ state: 'ENDED', exit: 70, hosts: [] },
    error: { code: 'bug', message: 'Error: no such stage' },
  });
});
