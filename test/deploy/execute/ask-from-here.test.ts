import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { askFromHere, isAskedFromHere } from '../../../src/deploy/execute/ask-from-here.ts';
import type { AppPart } from '../../../src/deploy/parts.ts';
import { planAsItIs } from '../../../src/deploy/plan/base.ts';
import type { ProbeStep } from '../../../src/deploy/steps.ts';
import type { HostResult } from '../../../src/plan/outcome.ts';
import { ended, outcomeOf, plainOutcome, toldOf } from '../../../src/run/part.ts';
import { World } from '../../preflight/fake-world.ts';
import { makeHost } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts } from '../../support/app-facts.ts';
import { closedPort } from '../../support/closed-port.ts';
import { contextIn } from '../../support/context.ts';
import { frozen, sessionOf } from '../../support/deploy-run.ts';
import { RecordingHost } from '../../support/recording-host.ts';

let server: Server;
let port = 0;
let requests: string[] = [];
let world: World;
let context: Context;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.headers.host}${request.url}`);
    if (request.url === '/slow') return;
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end('all is fine');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  return new Promise(resolve => server.close(resolve));
});

beforeEach(async () => {
  requests = [];
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
});

afterEach(() => world.stop());

const probe = (overrides: Partial<ProbeStep> = {}): ProbeStep & { undo: string } => ({
  kind: 'probe',
  id: 'seen',
  type: 'http',
  from: 'operator',
  target: `http://web1.lab.test:${port}/health`,
  status: [200],
  contains: 'fine',
  names: false,
  port: null,
  through: null,
  attempts: 2,
  intervalMs: 1,
  timeoutMs: 2_000,
  undo: 'only reads',
  ...overrides,
});

function part(id: string, result: HostResult, steps: readonly ProbeStep[]): AppPart {
  const facts = appFacts();
  const planned = { host: id, fqdn: `${id}.lab.test`, via: null, privilege: 'sudo', by: 'dana', facts } as const;
  const plan = { ...planAsItIs(planned, appConfig()), backTo: 'A', steps: steps.map(step => ({ undo: '', ...step })) };
  const host = makeHost(id);
  const one = { host, session: sessionOf(host, new RecordingHost(id, () => [])), facts, plan, started: 0, outcome: null };
  return frozen(ended(one, plainOutcome(toldOf(context, 'r-1', one), result)));
}

const ask = async (...parts: AppPart[]) => (await askFromHere(context, parts)).map(outcomeOf);

test('every question is asked as its step says, and what was answered is evidence from here', async () => {
  const [outcome] = await ask(
    part('web1', 'done', [probe(), probe({ id: 'open', type: 'tcp', target: `web1.lab.test:${port}` })]),
  );
  expect(requests).toEqual([`web1.lab.test:${port}/health`]);
  expect(outcome).toMatchObject({ result: 'done', code: null });
  expect(outcome!.evidence).toMatchObject([
    { vantage: 'operator', host: 'web1', claim: 'probe seen', observed: '200 on this machine, on try 1 of 2' },
    { vantage: 'operator', subject: `web1.lab.test:${port}`, claim: 'probe open' },
  ]);
});

test.each<[keyof ProbeStep, () => Partial<ProbeStep>, RegExp]>([
  [
    'target',
    () => ({ target: `http://web1.lab.test:${port}/else` }),
    /\/else seen from here on this machine: 404 after 2 tries$/,
  ],
  ['status', () => ({ status: [204] }), /: 200 after 2 tries$/],
  ['contains', () => ({ contains: 'splendid' }), /: 200 without "splendid" after 2 tries$/],
  ['attempts', () => ({ status: [204], attempts: 1 }), /: 200 after 1 try$/],
  [
    'timeoutMs',
    () => ({ target: `http://web1.lab.test:${port}/slow`, timeoutMs: 50, attempts: 1 }),
    /: no answer within 50 ms after 1 try$/,
  ],
])('another %s of a question is asked, and a wrong answer leaves the host unproved', async (_, other, message) => {
  expect(await ask(part('web1', 'done', [probe(other())]))).toMatchObject([
    {
      result: 'unproved',
      code: 'operator-probe',
      message: expect.stringMatching(message),
      hints: ['ops explain operator-probe'],
    },
  ]);
});

test('between two tries is as long as the step says', async () => {
  const began = performance.now();
  await ask(part('web1', 'done', [probe({ status: [204], intervalMs: 300 })]));
  expect(performance.now() - began).toBeGreaterThan(290);
});

test.each<HostResult>(['reverted', 'failed', 'not-started'])(
  'where one host is %s nobody is asked that goes back, too',
  async result => {
    const outcomes = await ask(part('web1', 'done', [probe()]), part('web2', result, [probe()]));
    expect(outcomes.map(each => each.result)).toEqual(['done', result]);
    expect(requests).toEqual([]);
  },
);

test('who keeps the release whatever became of another host is asked: nobody is proven unasked', async () => {
  const here = part('web1', 'done', [probe()]);
  const first = { ...here, plan: { ...here.plan, backTo: null } };
  expect((await ask(first, part('web2', 'failed', [probe()])))[0]!.evidence).toHaveLength(1);
  expect((await ask(here, part('web2', 'unknown', [probe()])))[0]!.evidence).toHaveLength(1);
});

test('a host that had nothing to do is not asked, and bars nobody', async () => {
  const outcomes = await ask(part('web1', 'done', [probe()]), part('web2', 'unchanged', [probe()]));
  expect(outcomes.map(each => each.evidence.length)).toEqual([1, 0]);
});

test('a question that fails ends that host’s questions', async () => {
  const gone = probe({ type: 'tcp', target: `web1.lab.test:${await closedPort()}`, attempts: 1 });
  expect(await ask(part('web1', 'done', [gone, probe()]))).toMatchObject([{ result: 'unproved' }]);
  expect(requests).toEqual([]);
});

test('a host is asked from here only where a question says so', () => {
  expect(isAskedFromHere(part('web1', 'done', [probe()]).plan)).toBe(true);
  expect(isAskedFromHere(part('web1', 'done', [probe({ from: 'host' })]).plan)).toBe(false);
});
