import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { executeResume } from '../../../src/deploy/execute/resume.ts';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import { questionsOf } from '../../../src/deploy/release/spec.ts';
import { EXIT_CODES } from '../../../src/errors.ts';
import type { RunFacts } from '../../../src/host/facts/types.ts';
import { exitOf } from '../../../src/plan/outcome.ts';
import type { Found } from '../../../src/run/find.ts';
import { World } from '../../preflight/fake-world.ts';
import { makeConfig } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { silentQuestion } from '../../support/closed-port.ts';
import { contextIn } from '../../support/context.ts';
import { frozen, preparedApp } from '../../support/deploy-run.ts';
import { ended, GONE, hostThat, told } from '../../support/hosts-that-answer.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

let world: World;
let context: Context;

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  context = contextIn(world);
});

afterEach(() => world.stop());

const RUN: RunFacts = {
  ...{ run: 'r-A', mode: 'deploy', release: 'B', by: 'dana', since: '2026-11-21T07:00:00Z', phase: 'stable' },
  ...{ before: 'A', alive: false, record: null, about: {} },
};
const factsOf = (...probes: string[]) =>
  appFacts([releaseFacts('A', 1), releaseFacts('B', 2, { state: 'active', probes })], {
    lastRun: { ...RUN, run: 'r-C', mode: 'rollback' },
  });
const SERVES_B = ended('done', { current: 'releases/B' }, 'release B', 'state proven');

/** Where the release that serves is asked this from here. */
function resume(found: Found, hosts: readonly RecordingHost[], ...questions: string[]) {
  const facts = factsOf(...questions);
  const planned = hosts.map(({ host }) => {
    return { host, fqdn: `${host}.lab.test`, via: null, privilege: 'sudo', by: 'dana', facts, found } as const;
  });
  const plan = planResume({ config: makeConfig([]), app: appConfig(), run: 'r-B', overrides: [], hosts: planned });
  const prepared = preparedApp(plan, hosts, () => facts);
  const parts = prepared.parts.map(part => ({ ...part, found, questions: questionsOf(facts.releases.at(-1)!) }));
  return executeResume(context, frozen({ ...prepared, parts }));
}

test('an error in ops itself while watching is told as a bug, and nothing of the host', async () => {
  const broken = () => {
    throw new TypeError('x is not a function');
  };
  const hosts = [hostThat('web1', { 'deploy.follow': () => SERVES_B }), hostThat('web2', { 'deploy.follow': broken })];
  const outcomes = await resume({ kind: 'alive', run: { ...RUN, alive: true } }, hosts);
  expect(outcomes).toMatchObject([
    { result: 'done' },
    { result: 'unknown', code: 'bug', exit: 'bug', details: expect.arrayContaining([expect.stringContaining('resume.test.ts')]) },
  ]);
  expect(outcomes[1]!.message).toBe('a bug in ops: x is not a function; watching changes nothing: what runs there goes on');
  expect(EXIT_CODES[exitOf(outcomes)].code).toBe(70);
});

test('a connection that is cut while watching is that host’s outcome; the others keep theirs', async () => {
  const hosts = [hostThat('web1', { 'deploy.follow': () => SERVES_B }), hostThat('web2', { 'deploy.follow': () => GONE })];
  const outcomes = await resume({ kind: 'alive', run: { ...RUN, alive: true } }, hosts);
  expect(outcomes.map(({ host, result }) => `${host} ${result}`)).toEqual(['web1 done', 'web2 unknown']);
  expect(outcomes[1]!.message).toMatch(/watching changes nothing: what runs there goes on$/);
  expect(outcomes[1]!.hints).toEqual(['ops resume r-A']);
});

describe.each(['alive', 'ended'] as const)('a run that is %s', kind => {
  const found: Found = { kind, run: { ...RUN, alive: kind === 'alive' } };

  test('is watched to its end, and nothing is changed', async () => {
    const host = hostThat('web1', { 'deploy.follow': () => SERVES_B });
    expect(await resume(found, [host])).toMatchObject([{ result: 'done', seen: { release: 'B', state: 'proven' } }]);
    expect(told(host)).toEqual(['deploy.follow']);
    expect(host.sent[0]!.params).toMatchObject({ app: ['web'], path: ['/srv/web'], run: ['r-A'] });
  });

  test('and ended badly, is told as it recorded it', async () => {
    const record = ended('reverted', { code: 'probe-failed', reason: '503', current: 'releases/A' });
    const host = hostThat('web1', { 'deploy.follow': () => record });
    expect(await resume(found, [host])).toMatchObject([{ result: 'reverted', code: 'probe-failed', seen: { release: 'A' } }]);
    expect(host.transactions).toEqual([]);
  });
});

test('a run that others came after is told, and nothing is sent', async () => {
  const host = hostThat('web1');
  const record = { outcome: ['reverted'], reason: ['503'] };
  expect(await resume({ kind: 'older', run: { ...RUN, record } }, [host])).toMatchObject([
    {
      result: 'not-started',
      message: 'deploy r-A by dana ended as reverted (503); rollback r-C came after it',
      hints: ['ops status'],
    },
  ]);
  expect(host.executions).toBe(0);
});

test.each<[string, Found, string]>([
  ['nobody has begun anything', { kind: 'nothing-changed', run: null }, 'nothing is unfinished here'],
  [
    'it was cut off while it sent the release',
    { kind: 'nothing-changed', run: { ...RUN, phase: 'uploading' } },
    'deploy r-A by dana is uploading, or was cut off there: it has changed nothing',
  ],
])('where %s there is nothing to do', async (_, found, message) => {
  const host = hostThat('web1');
  expect(await resume(found, [host])).toMatchObject([{ result: 'not-started', message, seen: { release: 'B' } }]);
  expect(host.executions).toBe(0);
});

describe('a run that was cut off half-way', () => {
  const found: Found = { kind: 'half-way', run: RUN };

  test('is finished by the host: what serves is proven now', async () => {
    const host = hostThat('web1', { resume: () => SERVES_B });
    expect(await resume(found, [host])).toMatchObject([{ result: 'done', seen: { release: 'B' } }]);
    expect(host.transactions).toMatchObject([{ params: { mode: ['resume'], run: ['r-B'], release: ['B'], back: ['A'] } }]);
  });

  test('or taken back, and that is told', async () => {
    const record = ended('reverted', { code: 'interrupted', reason: 'run r-A was cut off', current: 'releases/A' });
    expect(await resume(found, [hostThat('web1', { resume: () => record })])).toMatchObject([
      { result: 'reverted', code: 'interrupted', message: 'run r-A was cut off', seen: { release: 'A' } },
    ]);
  });

  test.each([
    ['deploy', 'failed'],
    ['rollback', 'kept'],
  ])('of a %s, and does not answer from here, is left as %s', async (mode, left) => {
    const host = hostThat('web1', { resume: () => SERVES_B });
    const [outcome] = await resume({ kind: 'half-way', run: { ...RUN, mode } }, [host], await silentQuestion());
    expect(outcome).toMatchObject({ result: 'reverted', code: 'operator-probe' });
    expect(host.transactions[1]!.params).toMatchObject({ mode: ['back'], run: ['r-B-back'], back: ['A'], left: [left] });
  });
});

describe('what went live and waits for an answer that is asked for from here', () => {
  const ACTIVE = ended('done', { current: 'releases/B' }, 'release B', 'state active');
  const confirmed = () => ended('done', { current: 'releases/B' }, 'release B', 'state proven');
  const serving = () => hostThat('web1', { 'deploy.follow': () => ACTIVE, confirm: confirmed });
  const record = { outcome: ['done'] };
  const answeredQuestion = () => `ask seen tcp web1.lab.test:${world.port} - - 1 1 2000 - - -`;

  test('is proven by a run that ended, as its plan says', async () => {
    const host = serving();
    const outcomes = await resume({ kind: 'ended', run: { ...RUN, record } }, [host], answeredQuestion());
    expect(outcomes).toMatchObject([{ result: 'done', seen: { state: 'proven' } }]);
    expect(host.transactions).toMatchObject([{ params: { mode: ['confirm'], run: ['r-A'] } }]);
  });

  test('is told of, and no host is, where the run was only watched', async () => {
    const host = serving();
    const outcomes = await resume({ kind: 'alive', run: { ...RUN, alive: true } }, [host], answeredQuestion());
    expect(outcomes).toMatchObject([
      {
        result: 'done',
        message: 'B is live and not proven yet: whoever brought it asks it from where they are',
        hints: ['ops resume r-A   (asks from here, when nobody else does)'],
      },
    ]);
    expect(host.transactions).toEqual([]);
  });
});
