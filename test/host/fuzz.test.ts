import { hash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AppConfig } from '../../src/config/types.ts';
import { DEPLOY } from '../../src/deploy/capability.ts';
import { backOrder, orderWithoutFiles } from '../../src/deploy/execute/order.ts';
import { upload } from '../../src/deploy/execute/upload.ts';
import { planPrune } from '../../src/deploy/plan/prune.ts';
import { planResume } from '../../src/deploy/plan/resume.ts';
import { planRollback } from '../../src/deploy/plan/rollback.ts';
import { ManifestCache } from '../../src/deploy/source/manifest-cache.ts';
import { OpsError } from '../../src/errors.ts';
import { parseAnswer, readFrom } from '../../src/host/answer.ts';
import { compose } from '../../src/host/compose.ts';
import { appIn, apps } from '../../src/host/facts/apps.ts';
import { hostRuns } from '../../src/host/facts/host-runs.ts';
import { paramsOf, parseFacts } from '../../src/host/facts/section.ts';
import { runProgram } from '../../src/host/host.ts';
import { FORGET } from '../../src/hosts/forget/capability.ts';
import { forgetOrder } from '../../src/hosts/forget/order.ts';
import { planForget } from '../../src/hosts/forget/plan.ts';
import { listBelongings } from '../../src/hosts/forget/prepare.ts';
import { ask } from '../../src/preflight/ask.ts';
import { CHECKS } from '../../src/preflight/checks/index.ts';
import { findInFacts } from '../../src/run/find.ts';
import { hostPlanOf } from '../../src/run/host-plan.ts';
import { begin, outcomeOf, toldOf } from '../../src/run/part.ts';
import { readOutcome } from '../../src/run/read-outcome.ts';
import { appsStatus } from '../../src/status/apps.ts';
import { fakeView } from '../preflight/fake-view.ts';
import { makeConfig, makeHost, NOW } from '../preflight/hosts.ts';
import { appConfig } from '../support/app-config.ts';
import { preparedDeploy, sessionOf } from '../support/deploy-run.ts';
import { SEED, timesOf } from '../support/fuzz.ts';
import { ended, hostThat } from '../support/hosts-that-answer.ts';
import { RecordingHost } from '../support/recording-host.ts';
import { scratch } from './support/scratch.ts';
import { LocalHost, NONCE } from './support/shell.ts';

const TIMES = { numRuns: timesOf(10_000), seed: SEED };
const DIGEST = hash('sha256', 'x');
const host = makeHost('web1', { privilege: 'none' });
const run = 'r-1';

/** Whatever a host that is not ours any more could say in place of a word. */
const hostile = fc.oneof(
  fc.constantFrom(
    ...['__proto__', 'constructor', '-oProxyCommand=pwned', '$(pwned)', '/srv/web; pwned', '/srv/../etc/pwned', '../../pwned'],
    ...[
      'a\\x0arecord outcome done',
      '\\x1b[2J',
      '\\x00',
      'r-1\\x0d',
      '::error::pwned',
      '##vso[task.pwned]',
      '\\xff\\xfe',
      '\\xed\\xa0\\x80',
    ],
    ...[
      '',
      ' ',
      '.',
      '=',
      '-',
      '1e999',
      '-1',
      '9'.repeat(400),
      'x'.repeat(5_000),
      '\t\t',
      `user a\\x0ab\\x09n`,
      DIGEST,
      '/x',
      'r-2',
      'done',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 30 }).map(text => text.replaceAll('\n', ' ')),
);

/** What may become of a line: gone, twice, another key, another value, something behind it, another word, before or after it. */
const CHANGES: readonly ((line: string, text: string, at: number) => readonly string[])[] = [
  () => [],
  line => [line, line],
  (line, text) => [line.replace(/^\S*/, () => text.split(' ')[0]!)],
  (line, text) => [line.replace(/ .*/, () => ` ${text}`)],
  (line, text) => [line + text],
  (line, text, at) => [
    line
      .split(' ')
      .map((word, index, { length }) => (index > 0 && index === 1 + (at % length) ? text : word))
      .join(' '),
  ],
  (line, text) => [line.replace(/=.*/, () => `=${text}`)],
  (line, text) => [text, line],
];

function changesOf(lines: readonly string[]): fc.Arbitrary<string[]> {
  const change = fc.tuple(fc.nat(10_000), fc.constantFrom(...CHANGES), hostile);
  return fc.array(change, { minLength: 1, maxLength: 8 }).map(changes =>
    changes.reduce<string[]>(
      (done, [at, change, text]) => {
        const index = at % (done.length || 1);
        return done.toSpliced(index, 1, ...change(done[index] ?? '', text, at));
      },
      [...lines],
    ),
  );
}

const answerOf = (lines: readonly string[]) =>
  parseAnswer(NONCE, [...lines, 'end 0'].map(line => `@${NONCE} ${line}`).join('\n'));

function orOpsError<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof OpsError && error.code !== 'bug') return null;
    throw error;
  }
}

/** What a host is sent has no line that its plan did not mean. */
function expectSendable(params: Parameters<typeof compose>[1]['params']): void {
  expect(compose('deploy', { nonce: NONCE, params })).toContain(NONCE);
}

/** Outside of quotes a remedy has no word of the host that is not of its form. */
function expectHarmless(remedies: readonly string[]): void {
  for (const remedy of remedies) {
    expect(remedy.replaceAll(/'[^']*'/g, '')).not.toContain('pwned');
    expect(remedy).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
}

/** Facts of an app that has two releases, a run and files, as our own program tells them. */
async function record(home: string, app: AppConfig): Promise<string[]> {
  const { path } = app;
  const put = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const state = join(home, '.local/state/ops/apps/web');
  const unit = join(home, '.config/systemd/user/web.service');
  for (const [seq, id] of ['20261121-0700-aaaaaa', '20261121-0701-bbbbbb'].entries()) {
    mkdirSync(join(path, 'releases', id), { recursive: true });
    put(
      join(state, 'releases', id, 'meta'),
      `seq=${seq}\nid=${id}\ndigest=${DIGEST}\ncreated=2026-11-21T07:00:00Z\nrun=r-1\nby=dana\n`,
    );
    put(join(state, 'releases', id, 'state'), 'proven\n');
    put(join(state, 'releases', id, 'spec'), 'user root\nstable_ms 1000\nservice run web.service\nprobe p http a - - 1 1 1\n');
    put(join(state, 'releases', id, 'units/web.service'), '[Service]\n');
    put(join(state, 'releases', id, 'manifest'), 'f\t644\tx\ty\n');
  }
  put(join(path, '.ops'), 'app web\n');
  put(join(path, 'releases/.partial-r-2/x'), '');
  put(unit, '[Service]\n');
  put(join(state, 'created'), `${unit}\n`);
  put(join(state, 'runs/r-1/intent'), 'by=dana\nsince=1795244400\nmode=deploy\nrelease=a\nabout.only=web\n');
  put(join(state, 'runs/r-1/record'), 'outcome done\nseen current x\nend\n');
  symlinkSync('releases/20261121-0701-bbbbbb', join(path, 'current'));
  symlinkSync('runs/r-1', join(state, 'last'));
  const answer = await runProgram(new LocalHost(home), {
    program: 'facts',
    privilege: 'none',
    params: paramsOf(questionsOf(app)),
    deadlineMs: 20_000,
    mutates: false,
  });
  expect(appIn(parseFacts(answer, questionsOf(app)), app)).toMatchObject({ releases: [{}, {}], lastRun: { run: 'r-1' } });
  return [...answer.values]
    .flatMap(([key, values]) => values.map(value => `${key} ${value}`))
    .filter(line => !line.startsWith('end '));
}

function questionsOf(app: AppConfig) {
  return [apps.ask({ apps: [app], knownManifests: [], ours: 'texts', kept: true }), hostRuns.ask()];
}

test('facts that say anything plan nothing but what they may, or are the trouble of that host', async () => {
  const home = scratch();
  const app = appConfig({ path: join(home, 'srv/web'), user: 'root' });
  const recorded = await record(home, app);
  const config = makeConfig([host], { apps: { web: app } });
  const input = { config, app, run, overrides: [] };
  const cache = new ManifestCache(scratch());
  await fc.assert(
    fc.asyncProperty(changesOf(recorded), async lines => {
      const answer = answerOf(lines);
      const facts = answer && orOpsError(() => readFrom('web1', () => parseFacts(answer, questionsOf(app))));
      if (!facts) return;
      expect([facts.machineId ?? '0'.repeat(32), facts.login.user, facts.login.home].join()).toMatch(
        /^[0-9a-f]{32},[\w.@$-]*,[^\n]*$/,
      );
      const session = sessionOf(host, new RecordingHost('web1', () => []), { facts });
      const place = { host, apps: [app], facts, report: { results: [] } as never, evidence: [] };
      appsStatus.rows([place], config);
      const found = appIn(facts, app);
      const view = fakeView({
        settings: { app },
        views: { facts: async () => facts, privileged: async () => facts, ...(found && { appFacts: async () => found }) },
      });
      for (const check of CHECKS) expectHarmless((await ask(check, view, new Map())).remedies ?? []);
      if (!found) return;
      for (const { digest } of found.releases) expect(await cache.read(digest)).toBe(null);
      const planned = { ...hostPlanOf(host, session), facts: found };
      const seen = findInFacts(found, null);
      const plans = {
        rollback: orOpsError(() => planRollback({ ...input, to: null, hosts: [planned] })),
        prune: orOpsError(() => planPrune({ ...input, keep: 1, hosts: [planned] } as never)),
        resume: orOpsError(() => planResume({ ...input, hosts: [{ ...planned, found: seen }] })),
      };
      for (const mode of ['rollback', 'prune', 'resume'] as const) {
        const [plan] = plans[mode]?.hosts ?? [];
        if (plan && plan.steps.length > 0) expectSendable({ ...orderWithoutFiles(mode, plan).params, by: plan.by });
      }
    }),
    TIMES,
  );
}, 600_000);

const TRANSACTION = [
  ...ended(
    'reverted',
    { code: 'probe-failed', reason: 'p: 503', current: 'releases/A' },
    'evidence x\ty\tz',
    'detail line',
    'release A',
  ),
  ...[
    'phase back',
    'holder by=dana',
    'holder since=1795244400',
    'holder phase=probe',
    'holder_run r-9',
    'error lock-held',
    'detail x',
    'seen left.1 unit /x',
  ],
];

test('a transaction that tells anything ended in a way that there is', () => {
  const part = { host, session: sessionOf(host, new RecordingHost('web1', () => [])), started: 0 };
  const told = toldOf({ now: () => NOW }, run, part);
  const hostPlan = {
    app: 'web',
    path: '/srv/web',
    host: 'web1',
    steps: [],
    fence: { current: '-', units: '-', own: [], foreign: [] },
    backTo: null,
    release: 'A',
  } as never;
  fc.assert(
    fc.property(changesOf(TRANSACTION), lines => {
      const answer = answerOf(lines);
      const read = answer && orOpsError(() => readOutcome(answer, told));
      if (!read) return;
      for (const capability of [DEPLOY, FORGET]) {
        const outcome = capability.interpret(read.outcome, read.record, hostPlan);
        expect(outcome.code ?? 'ok').toMatch(/^[a-z][a-z0-9-]*$/);
        expectHarmless(outcome.hints);
        const current = outcome.seen.current ?? '-';
        expectSendable({
          ...backOrder(hostPlan, current, { left: 'left', code: outcome.code ?? 'x', why: outcome.message ?? '' }).params,
          by: 'x',
        });
      }
    }),
    TIMES,
  );
}, 600_000);

test('what is uploaded, removed and forgotten is where the plan has it', async () => {
  const context = { signal: new AbortController().signal, now: () => NOW, emit: () => undefined } as never;
  const belongings = [
    'belonging unit /etc/systemd/system/web.service',
    'belonging tree /srv/web/releases',
    'belonging state /var/lib/ops',
  ];
  await fc.assert(
    fc.asyncProperty(
      changesOf(['partial /srv/web/releases/.partial-r-1', 'detail x']),
      changesOf(belongings),
      async (staged, listed) => {
        const there = hostThat(
          'web1',
          { stage: () => staged, belongings: () => listed },
          { exit: 11, stderr: 'rsync: No space left on device' },
        );
        const prepared = preparedDeploy([there], appConfig());
        const parts = await upload(context, prepared, begin(context, run, prepared.parts));
        expect(outcomeOf(parts[0]!).result).toMatch(/^(failed|lock-held)$/);
        for (const { to } of there.uploads) expect(to).toMatch(/^(\/(?!\.\.?(\/|$))[^/\n]+)*\/\.partial-r-1$/);
        for (const { args } of there.commands) expect(args).toEqual(['-n', 'rm', '-rf', '--', there.uploads[0]!.to]);
        const open = { host, session: sessionOf(host, there) };
        const wanted = { only: null, trees: false };
        const found = await listBelongings(open, wanted).catch((error: OpsError) =>
          error.code === 'bug' || !(error instanceof OpsError) ? Promise.reject(error) : null,
        );
        if (found === null) return;
        const { hosts } = planForget({
          command: 'forget',
          config: makeConfig([host]),
          run,
          overrides: [],
          hosts: [{ ...hostPlanOf(host, open.session), ...wanted, belongings: found }],
        });
        expect(forgetOrder(hosts[0]!).blobs.belongings!.split('\n')).toEqual([
          ...found.map(({ kind, path }) => `${kind} ${path}`),
          '',
        ]);
      },
    ),
    TIMES,
  );
}, 600_000);
