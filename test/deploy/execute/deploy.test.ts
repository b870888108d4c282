import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppConfig } from '../../../src/config/types.ts';
import type { Context } from '../../../src/context.ts';
import { executeDeploy } from '../../../src/deploy/execute/deploy.ts';
import type { HostOutcome } from '../../../src/plan/outcome.ts';
import { World } from '../../preflight/fake-world.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts, servedAs } from '../../support/app-facts.ts';
import { contextIn } from '../../support/context.ts';
import { fullHost, fullPlan, MANIFEST, preparedDeploy } from '../../support/deploy-run.ts';
import { ended, GONE, hostThat, told } from '../../support/hosts-that-answer.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

const RELEASE = `20261121-0704-${MANIFEST.digest.slice(0, 6)}`;
const HERE = appConfig({ hosts: ['web1', 'web2'] });
/** On a host that nothing was deployed to before. */
const FIRST = { facts: appFacts(), base: null };

let server: Server;
/** Asked from here as well: a host in `silent` answers wrongly. */
let ASKED: AppConfig;
let silent: string[] = [];
let world: World;
let context: Context;
let notes: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = silent.some(id => request.headers.host?.startsWith(id)) ? 503 : 200;
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const question = { kind: 'http', from: 'operator', status: [200], contains: null, through: null } as const;
  const times = { attempts: 1, intervalMs: 1, timeoutMs: 2_000 };
  ASKED = appConfig({ ...HERE, probes: [{ id: 'seen', target: `http://{host}:${port}/`, ...question, ...times }] });
});

afterAll(() => new Promise(resolve => server.close(resolve)));

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  notes = [];
  silent = [];
  context = contextIn(world, { emit: event => event.type === 'note' && notes.push(event.text) });
});

afterEach(() => world.stop());

/** The input is frozen all the way down: a stage that changes a part that it was given throws. */
async function deploy(
  hosts: readonly RecordingHost[],
  app: AppConfig = HERE,
  overrides: Parameters<typeof preparedDeploy>[2] = {},
  signal = context.signal,
) {
  return executeDeploy({ ...context, signal }, preparedDeploy(hosts, app, overrides));
}

const results = (outcomes: readonly HostOutcome[]) => outcomes.map(({ host, result, code }) => `${host} ${result} ${code}`);

describe('when all goes well', () => {
  test('each host is sent the release, then goes live, and is told that it answered here', async () => {
    const hosts = [hostThat('web1'), hostThat('web2')];
    const outcomes = await deploy(hosts, ASKED);
    expect(results(outcomes)).toEqual(['web1 done null', 'web2 done null']);
    for (const host of hosts) {
      expect(told(host)).toEqual(['stage', 'deploy.start deploy', 'deploy.start confirm']);
      expect(host.uploads).toMatchObject([
        { from: '/nowhere', to: '/srv/web/releases/.partial-r-1', files: ['server'], as: ['sudo', '-n'] },
      ]);
    }
    expect(outcomes[0]).toMatchObject({
      seen: { current: `releases/${RELEASE}`, release: RELEASE, state: 'proven' },
      executions: 4,
      evidence: [{ vantage: 'host' }, { vantage: 'operator', claim: 'probe seen' }],
    });
    expect(await readdir(join(context.cacheDir, 'manifests'))).toEqual([MANIFEST.digest]);
  });

  test('that it answered is a last phase of the very same run, and starts nothing of its own', async () => {
    const host = hostThat('web1');
    await deploy([host], ASKED);
    const [live, confirm] = host.sent.filter(({ program }) => program === 'deploy.start');
    expect(live!.params).not.toHaveProperty('again');
    expect(confirm!.params).toMatchObject({ run: ['r-1'], mode: ['confirm'], again: ['1'] });
    expect(host.transactions[1]!.params).toMatchObject({
      release: [RELEASE],
      fence_current: [`releases/${RELEASE}`],
      back: ['D'],
    });
  });

  test.each([
    ['nobody asks from here', () => HERE, {}],
    ['the host calls it proven already', () => ASKED, { deploy: () => proven() }],
  ])('where %s nothing is told afterwards', async (_, app, answers) => {
    const host = hostThat('web1', answers);
    expect(results(await deploy([host], app()))).toEqual(['web1 done null']);
    expect(told(host)).toEqual(['stage', 'deploy.start deploy']);
  });

  test.each([
    ['the connection goes', () => GONE, /web1 ended without an answer/],
    [
      'its state says otherwise',
      () => ended('stale', { code: 'facts-changed', reason: 'it is left', current: `releases/${RELEASE}` }),
      /it is left/,
    ],
  ])('a host that cannot be told, because %s, serves all the same: a note', async (_, confirm, why) => {
    const host = hostThat('web1', { confirm });
    expect(await deploy([host], ASKED)).toMatchObject([{ result: 'done', seen: { state: 'active' } }]);
    expect(notes).toEqual([expect.stringMatching(why)]);
    expect(notes[0]).toContain('→ ops resume');
  });

  test.each(['deploy', 'confirm'])('an error in ops itself, at the %s, is told as a bug', async mode => {
    const broken = () => {
      throw new TypeError('x is not a function');
    };
    const outcomes = await deploy([hostThat('web1', { [mode]: broken })], ASKED);
    expect(outcomes).toMatchObject([{ result: 'unknown', code: 'bug', exit: 'bug' }]);
    expect(notes).toEqual([]);
  });

  test.each([
    [
      'holds the lock',
      () => ['error lock-held', 'holder_run r-9', 'holder by=bo'],
      { release: RELEASE },
      /being changed by bo, r-9/,
    ],
    ['brought something else', () => ended('stale', { code: 'facts-changed', current: 'releases/E' }), { release: 'E' }, /E/],
  ])('where another run %s before the proof, what answered may have been theirs', async (_, confirm, seen, why) => {
    expect(await deploy([hostThat('web1', { confirm })], ASKED)).toMatchObject([
      { result: 'unknown', code: 'outcome-unknown', seen, hints: ['ops status'], message: expect.stringMatching(why) },
    ]);
    expect(notes).toEqual([]);
  });

  test('a host that has it all already is sent nothing', async () => {
    const host = hostThat('web1');
    const digest = MANIFEST.digest;
    const unit = { ...UP, unit: 'web.service' };
    const before = appFacts([releaseFacts('D', 4, { digest })], { units: [unit] });
    const { planned } = fullHost('web1', HERE);
    const facts = servedAs(before, fullPlan(HERE, [planned]).hosts[0]!, planned.wanted);
    expect(results(await deploy([host], HERE, { web1: { facts } }))).toEqual(['web1 unchanged null']);
    expect(host.executions).toBe(0);
  });
});

const UP = {
  ...{ type: 'exec', load: 'loaded', active: 'active', sub: 'running', restarts: 0, mainPid: 1, invocation: 'i' },
  names: ['web.service'],
  ...{ since: null, result: 'success', enabled: 'enabled', fragment: '' },
};
const proven = () => ended('done', { current: `releases/${RELEASE}` }, `release ${RELEASE}`, 'state proven');

describe('while releases are sent', () => {
  test.each<[string, RecordingHost, string]>([
    ['a disk that is full', hostThat('web2', {}, { exit: 11, stderr: 'rsync: write failed: No space left' }), 'disk-full'],
    ['rsync that fails', hostThat('web2', {}, { exit: 23, stderr: 'vanished' }), 'upload-failed'],
    ['a connection that goes', hostThat('web2', {}, { exit: 255, stderr: 'Broken pipe' }), 'connection-lost'],
    ['a place that is not ours', hostThat('web2', { stage: () => ['error target-foreign', 'detail no'] }), 'target-foreign'],
  ])('%s on one host: nothing goes live anywhere', async (_, web2, code) => {
    const web1 = hostThat('web1');
    const outcomes = await deploy([web1, web2], ASKED);
    expect(results(outcomes)).toEqual(['web1 not-started null', `web2 failed ${code}`]);
    expect(outcomes[0]!.seen).toEqual({ release: 'D' });
    expect(outcomes[1]!.message).toMatch(/nothing was changed$/);
    expect([...web1.transactions, ...web2.transactions]).toEqual([]);
    expect(await readdir(context.cacheDir).catch(() => [])).toEqual([]);
  });

  test('what did arrive on a full disk goes, so that the next deploy has room', async () => {
    const host = hostThat('web1', {}, { exit: 11, stderr: 'rsync: write failed: No space left on device' });
    await deploy([host]);
    expect(host.commands).toMatchObject([
      { program: 'sudo', args: ['-n', 'rm', '-rf', '--', '/srv/web/releases/.partial-r-1'], mutates: true },
    ]);
  });

  test('what was to be taken over is left as it was, on every host', async () => {
    const [web1, web2] = [hostThat('web1'), hostThat('web2', {}, { exit: 23, stderr: 'vanished' })];
    const adopts = { adopt: '/srv/web', facts: appFacts() };
    await deploy([web1, web2], HERE, { web1: adopts, web2: adopts });
    for (const { sent } of [web1, web2]) {
      expect(sent.map(({ program }) => program)).toEqual(['stage', 'unstage']);
      expect(sent[1]!.params).toMatchObject({ app: ['web'], path: ['/srv/web'], run: ['r-1'], user: ['web'] });
    }
  });

  test.each(['/etc', '/srv/web/../../etc/.partial-r-1', '-e sh -c x/.partial-r-1', '/x\\x0a/.partial-r-1', '/srv/.partial-r-2'])(
    'a host that says it goes to %s is sent nothing, and the others are',
    async partial => {
      const [bad, good] = [hostThat('web1', { stage: () => [`partial ${partial}`] }), hostThat('web2')];
      expect(results(await deploy([bad, good]))[0]).toBe('web1 failed answer-unreadable');
      expect([bad.uploads, bad.commands]).toEqual([[], []]);
      expect(good.uploads).toHaveLength(1);
    },
  );

  test('an interruption: nothing goes live', async () => {
    const abort = new AbortController();
    const host = hostThat('web1', {
      stage: () => {
        abort.abort('interrupted');
        return ['partial /p/.partial-r-1'];
      },
    });
    expect(results(await deploy([host], HERE, {}, abort.signal))).toEqual(['web1 not-started null']);
    expect(host.transactions).toEqual([]);
  });
});

describe('when one host fails', () => {
  test.each([
    ['reverted', ended('reverted', { code: 'unit-crash-loop', reason: 'exit 1', current: 'releases/D' })],
    ['stuck', ended('stuck', { code: 'probe-failed', reason: '503' })],
    ['refused', ended('refused', { code: 'check-failed', reason: 'no' })],
    ['stale', ended('stale', { code: 'facts-changed', reason: 'no' })],
    ['failed', ended('failed', { code: 'tree-mismatch', reason: 'no' })],
    ['lock-held', ['error lock-held', 'holder_run r-9']],
  ])('as %s, the other goes back to what its plan names', async (result, answer) => {
    const web1 = hostThat('web1');
    const web2 = hostThat('web2', { deploy: () => answer });
    const outcomes = await deploy([web1, web2], ASKED);
    expect(outcomes.map(each => each.result)).toEqual(['reverted', result]);
    expect(outcomes[0]).toMatchObject({ code: 'put-back', message: null, seen: { current: 'releases/D', release: 'D' } });
    expect(told(web1)).toEqual(['stage', 'deploy.start deploy', 'deploy.start back']);
    expect(web1.transactions[1]).toMatchObject({
      params: {
        run: ['r-1-back'],
        release: [RELEASE],
        fence_current: [`releases/${RELEASE}`],
        back: ['D'],
        left: ['left'],
        code: ['put-back'],
        why: ['another host failed'],
      },
      blobs: {},
    });
    expect(told(web2), 'who failed is back already, or never changed').toEqual(['stage', 'deploy.start deploy']);
  });

  test('and nobody knows how, because its connection is gone: nothing is put back', async () => {
    const web1 = hostThat('web1');
    const outcomes = await deploy([web1, hostThat('web2', { deploy: () => GONE })], ASKED);
    expect(results(outcomes)).toEqual(['web1 done null', 'web2 unknown outcome-unknown']);
    expect(told(web1)).not.toContain('deploy.start back');
    expect(outcomes[1]).toMatchObject({ hints: ['ops resume r-1'], message: expect.stringMatching(/goes on there without/) });
  });

  test('a first release that did well elsewhere stays: it is better than none', async () => {
    const web1 = hostThat('web1');
    const web2 = hostThat('web2', { deploy: () => ended('stuck', { code: 'probe-failed', reason: '503' }) });
    expect(results(await deploy([web1, web2], HERE, { web1: FIRST }))).toEqual(['web1 done null', 'web2 stuck probe-failed']);
    expect(told(web1)).not.toContain('deploy.start back');
  });
});

describe('when a host does not answer as it should from here', () => {
  test('it is left as failed, the others are left as they are, and all say why', async () => {
    silent = ['web2'];
    const hosts = [hostThat('web1'), hostThat('web2')];
    const outcomes = await deploy(hosts, ASKED);
    expect(results(outcomes)).toEqual(['web1 reverted put-back', 'web2 reverted operator-probe']);
    expect(outcomes[1]!.message).toMatch(/seen from here .*: 503 after 1 try$/);
    expect(outcomes[1]!.hints).toEqual(['ops explain operator-probe', 'ops logs web --host web2']);
    expect(hosts.map(host => host.transactions[1]!.params)).toMatchObject([
      { mode: ['back'], left: ['left'], code: ['put-back'] },
      { mode: ['back'], left: ['failed'], code: ['operator-probe'], back: ['D'] },
    ]);
    expect(hosts.flatMap(told)).not.toContain('deploy.start confirm');
  });

  test('a first release that does not answer goes, too: there is nothing to go back to', async () => {
    silent = ['web1'];
    const host = hostThat('web1');
    expect(results(await deploy([host], ASKED, { web1: FIRST }))).toEqual(['web1 stuck operator-probe']);
    expect(host.transactions[1]!.params).toMatchObject({ mode: ['back'], back: [''] });
  });

  test.each([
    ['somebody else has the lock', ['error lock-held', 'holder_run r-9'], 'unproved lock-held'],
    ['nobody knows', GONE, 'unknown outcome-unknown'],
    ['it failed too', ended('stuck', { code: 'operator-probe', reason: 'x' }), 'stuck operator-probe'],
  ])('and where going back came to nothing, since %s, it is %s', async (_, back, said) => {
    silent = ['web1'];
    expect(results(await deploy([hostThat('web1', { back: () => back })], ASKED))).toEqual([`web1 ${said}`]);
  });

  test('and who was refused the lock for going back did not look: what was seen before it counts', async () => {
    silent = ['web1'];
    const [outcome] = await deploy([hostThat('web1', { back: () => ['error lock-held', 'holder_run r-9'] })], ASKED);
    expect(outcome).toMatchObject({
      result: 'unproved',
      code: 'lock-held',
      seen: { release: expect.stringMatching(/^20261121-/) },
    });
  });
});

test('an interruption asks the transaction to stop, and hears how that came out', async () => {
  const abort = new AbortController();
  const host = hostThat('web1', {
    deploy: () => {
      abort.abort('interrupted');
      return ended('refused', { code: 'stopped', reason: 'stopped before the swap' });
    },
  });
  expect(results(await deploy([host], HERE, {}, abort.signal))).toEqual(['web1 refused stopped']);
  expect(told(host)).toEqual(['stage', 'deploy.start deploy', 'stop']);
  expect(host.sent.at(-1)!.params).toMatchObject({ app: ['web'], run: ['r-1'] });
});
