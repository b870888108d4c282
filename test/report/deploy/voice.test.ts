import { describe, expect, test } from 'vitest';
import { planPrune } from '../../../src/deploy/plan/prune.ts';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import { planRollback } from '../../../src/deploy/plan/rollback.ts';
import type { DeployPlan } from '../../../src/deploy/steps.ts';
import type { AppFacts, ReleaseFacts, RunFacts } from '../../../src/host/facts/types.ts';
import { exitOf, type HostOutcome, type HostResult, type Outcome } from '../../../src/plan/outcome.ts';
import { deployVoice } from '../../../src/report/deploy/index.ts';
import { documentOf } from '../../../src/report/outcome.ts';
import { plainOutcome } from '../../../src/run/part.ts';
import { makeConfig } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { FULL_APP, fullHost, fullPlan } from '../../support/deploy-run.ts';

const APP = appConfig({ hosts: ['web1', 'web2'], keep: 2 });
const [web1, web2] = [fullHost('web1', APP).planned, fullHost('web2', APP).planned];
const FIRST = { facts: appFacts(), base: null };
const input = { config: makeConfig([]), app: APP, run: 'r-1', overrides: [] };
const DEPLOYED = fullPlan(APP, [web1, web2]);
const ID = DEPLOYED.release!.id;
const ROLLED_BACK = planRollback({ ...input, to: null, hosts: [web1, web2] });
const PRUNED = planPrune({ ...input, keep: 2, hosts: [web1] });
const halfWay = { run: 'r-0', release: 'D', before: 'C', mode: 'deploy' } as RunFacts;
const RESUMED = planResume({ ...input, hosts: [{ ...web1, found: { kind: 'half-way', run: halfWay } }] });
const GOES = 'stop and remove old.service · remove drop-in of old.service';
const EMPTY = planRollback({ ...input, to: 'D', hosts: [web1] });

function outcome(hosts: readonly (Partial<HostOutcome> & { result: HostResult })[], more: Partial<Outcome> = {}): Outcome {
  const all = hosts.map((host, at) => {
    const told = { run: 'r-1', host: `web${at + 1}`, executions: 4, seconds: 12, at: '' };
    return { ...plainOutcome(told, host.result), ...host };
  });
  return { run: 'r-1', scope: DEPLOYED.scope, hosts: all, exit: exitOf(all), receipt: '/state/receipts/r-1', ...more };
}

const end = (plan: DeployPlan, ...hosts: Parameters<typeof outcome>[0]) => deployVoice.outcome(outcome(hosts), plan).at(-1);

test.each([
  [DEPLOYED, 'Deploy to web1, web2?'],
  [ROLLED_BACK, 'Roll back web1, web2?'],
  [RESUMED, 'Resume on web1?'],
  [PRUNED, 'Remove old releases on web1?'],
])('the question names the hosts that have something to do (%#)', (plan, question) => {
  expect(deployVoice.question(plan)).toBe(question);
});

test('each host has a row, and so have what comes before and after them', () => {
  expect(deployVoice.rows(DEPLOYED)).toEqual(['upload', 'web1', 'web2', 'operator']);
  const [first, second] = DEPLOYED.hosts;
  const named = {
    ...DEPLOYED,
    hosts: [
      { ...first!, host: 'upload' },
      { ...second!, host: 'operator' },
    ],
  };
  expect(deployVoice.rows(named)).toEqual(['upload', 'host upload', 'host operator', 'operator']);
});

describe('the plan', () => {
  test('of a deploy says what goes where and what happens when it fails', () => {
    expect(deployVoice.plan(DEPLOYED)).toEqual([
      `Plan for web → web1, web2 (lab.test)   release ${ID}  (main@8c1f2ab, dirty tree)`,
      ...['web1', 'web2'].flatMap(host => [
        `  ${host}  upload 1 file, 10 B of 100 B · swap from D · stop and remove old.service · remove drop-in of old.service · restart web.service · keep 2 releases`,
        '        changes: web.service new, old.service removed, drop-in of old.service removed · user, services, stable, start as ops.yaml has it now',
        '        found: nobody knows how web.service is',
      ]),
      '  web1 and web2 side by side, stable as its units ask · any failure puts all back on D',
      '  warning: the work tree has changes that are not in 8c1f2ab: the release may have them',
    ]);
  });

  test('says which folder changes hands with an installation', () => {
    const folder = { path: '/srv/web', owner: 'web', ids: '990:990', mode: '775', becomes: '755' };
    const { planned } = fullHost('web1', FULL_APP, { adopt: '/srv/web', take: [folder] });
    const [, host, ...rest] = deployVoice.plan(fullPlan(FULL_APP, [planned]));
    expect(host).toContain('take /srv/web itself from web: owner root, mode 755 (not what is in it) · take over /srv/web as');
    expect(rest).toContain(
      '  warning: web1: web can then make, rename and remove nothing in /srv/web itself, from the upload on: name in shared what the app writes',
    );
  });

  test('says what an app has besides: an installation to take over, checks, probes, a window, another way in', () => {
    const { planned } = fullHost('web1', FULL_APP, { adopt: '/opt/web', via: '10.0.0.1' });
    const [, host, changes, , net, via] = deployVoice.plan(fullPlan(FULL_APP, [planned]));
    expect(host).toContain('  web1  take over /opt/web as the release before · upload 1 file');
    expect(host).toContain('swap from D after 2 checks');
    expect(host).toContain('4 probes · keep 2 releases');
    expect(changes).toContain(
      'drop-in of worker.service new, drop-in of nginx.service new, old.service removed, drop-in of old.service removed · env MODE new, TOKEN new · ',
    );
    expect(net).toBe('  7 s stable · any failure puts it back on adopted');
    expect(via).toBe('  web1 is reached by 10.0.0.1, as --via says: the tailnet is not asked where it is (break-glass)');
  });

  test.each([
    [
      'of a first release has nothing to go back to',
      [{ ...web1, ...FIRST }],
      /web1: no release to go back to, so a failure stops the units there$/,
    ],
    [
      'of which one is a first release',
      [{ ...web1, ...FIRST }, web2],
      /any failure puts back web2 on D · web1: no release to go back to, so a failure stops the units there$/,
    ],
  ])('%s', (_, hosts, net) => {
    expect(deployVoice.plan(fullPlan(APP, hosts)).find(line => line.includes('no release to go back to'))).toMatch(net);
  });

  test('names all that changes besides the contents of files, and what is not as it was left; no value', () => {
    const modes = ['a', 'b', 'c', 'd', 'e'].map(path => ({ kind: 'mode', path, from: '644', to: '755' }) as const);
    const changes = [
      { kind: 'content' },
      { kind: 'file', path: '/etc/systemd/system/web.service', how: 'changed' },
      { kind: 'file', path: '/etc/systemd/system/nginx.service.d/50-ops-web.conf', how: 'removed' },
      { kind: 'file', path: '/etc/ops/web.env', how: 'changed' },
      { kind: 'variable', name: 'TOKEN', how: 'changed' },
      { kind: 'variable', name: 'OLD', how: 'removed' },
      { kind: 'key', key: 'probes' },
      { kind: 'key', key: 'stable' },
      { kind: 'drift', what: 'D is active, not proven' },
      { kind: 'drift', what: '/srv/web/releases/D/\u001b[2J was changed by hand' },
      ...modes,
    ] as const;
    const plan = fullPlan(APP, [web1]);
    expect(deployVoice.plan({ ...plan, hosts: [{ ...plan.hosts[0]!, changes }] }).slice(2, 4)).toEqual([
      '        changes: web.service changed, drop-in of nginx.service removed · env TOKEN changed, OLD removed · probes, stable as ops.yaml has it now · mode of a 644 → 755, mode of b 644 → 755, mode of c 644 → 755, and of 2 more files',
      '        found: D is active, not proven · /srv/web/releases/D/\\x1b[2J was changed by hand',
    ]);
  });

  test('of a run that was cut off is about what is current now, or says that nothing is', () => {
    const resume = (releases: readonly ReleaseFacts[], current: AppFacts['current']) => {
      const host = { ...web1, facts: appFacts(releases, { current }), found: { kind: 'half-way', run: halfWay } as const };
      return deployVoice.plan(planResume({ ...input, hosts: [host] }))[1];
    };
    const link = { link: 'releases/C', release: 'C', broken: false, spec: '', unproved: null };
    expect(resume([releaseFacts('C', 1)], link)).toMatch(/^ {2}web1 {2}look at C, prove it or leave it · /);
    expect(resume([releaseFacts('C', 1)], null)).toMatch(/^ {2}web1 {2}nothing is current: go back to C · restart web\.service$/);
    expect(resume([], null)).toBe('  web1  nothing is current, and no release is there to go back to: stop its units');
  });

  test('of a run that ended, and left a release that is not proven, says what a resume does', () => {
    const probes = ['ask page http http://web1:1/ 200 - 1 1 1 - - -'];
    const run = { run: 'r-0', mode: 'deploy', record: { outcome: ['done'] } } as unknown as RunFacts;
    const facts = appFacts([releaseFacts('D', 1, { state: 'active', probes })]);
    const plan = planResume({ ...input, hosts: [{ ...web1, facts, found: { kind: 'ended', run } }] });
    expect(deployVoice.plan(plan).slice(1)).toEqual([
      '  web1  ask D from here, and call it proven once it answers',
      '  what serves is not touched',
    ]);
  });

  test('of a rollback counts the probes that are kept with the release', () => {
    const releases = [
      releaseFacts('C', 1, { probes: ['page http http://127.0.0.1:1/ 200 - 1 1 1 1 - -'] }),
      releaseFacts('D', 2),
    ];
    const plan = planRollback({ ...input, to: null, hosts: [{ ...web1, facts: appFacts(releases) }] });
    expect(deployVoice.plan(plan)[1]).toBe('  web1  D → C · restart web.service · 1 probe');
  });

  test('of a rollback names both releases', () => {
    expect(deployVoice.plan(ROLLED_BACK)).toEqual([
      'Plan to roll back for web → web1, web2 (lab.test)',
      `  web1  D → C · ${GOES} · restart web.service`,
      '        changes: old.service removed, drop-in of old.service removed',
      `  web2  D → C · ${GOES} · restart web.service`,
      '        changes: old.service removed, drop-in of old.service removed',
      '  web1 and web2 side by side, stable as its units ask · a host that fails is put back on D',
    ]);
  });

  test('of a rollback, and of a run that was cut off, tells which of our files change', () => {
    const unit = { path: '/etc/systemd/system/web.service', digest: 'x', text: null };
    const files = [unit, { path: '/etc/ops/web.env', digest: 'x', text: null }];
    const installed = [{ ...unit, digest: 'y', mode: '644' }];
    const kept = new Map([
      ['C', { files, variables: [{ name: 'NEW', digest: 'x' }] }],
      ['D', { files: [unit], variables: [] }],
    ]);
    const facts = appFacts([releaseFacts('C', 1), releaseFacts('D', 2)], { installed, created: [unit.path], kept });
    const rolledBack = planRollback({ ...input, to: null, hosts: [{ ...web1, facts }] });
    expect(deployVoice.plan(rolledBack)[2]).toBe('        changes: web.service changed · env NEW new');
    const resumed = planResume({ ...input, hosts: [{ ...web1, facts, found: { kind: 'half-way', run: halfWay } }] });
    expect(deployVoice.plan(resumed)[2]).toBe('        changes: web.service changed');
  });

  test('of a prune, and of a run that was cut off', () => {
    expect(deployVoice.plan(PRUNED)).toEqual([
      'Plan to remove old releases for web → web1 (lab.test)',
      '  web1  keep 2 releases',
      '  current, the release to go back to and adopted ones stay in any case',
    ]);
    expect(deployVoice.plan(RESUMED)[1]).toBe(`  web1  look at D, prove it or leave it · ${GOES} · restart web.service`);
  });

  test('says everything that did not come from ops.yaml', () => {
    expect(deployVoice.plan({ ...DEPLOYED, overrides: ['--via 10.0.0.1'] })).toContain('  override: --via 10.0.0.1');
  });
});

test.each([
  [EMPTY, 'Nothing to do: web1 already serves D.'],
  [{ ...EMPTY, hosts: [...EMPTY.hosts, { ...EMPTY.hosts[0]!, host: 'web2' }] }, 'Nothing to do: web1, web2 already serve D.'],
  [{ ...EMPTY, command: 'resume' }, 'Nothing to resume on web1.'],
  [{ ...EMPTY, command: 'prune' }, 'Nothing to do: web1 keeps no more releases than that.'],
])('a plan without steps says what is true (%#)', (plan, line) => {
  expect(deployVoice.nothing(plan)).toEqual([line]);
});

describe('the last line of a run that went well', () => {
  const done = { result: 'done', seen: { release: ID } } as const;
  test.each<[string, DeployPlan, Parameters<typeof outcome>[0], string]>([
    ['deploy', DEPLOYED, [done, done], `Deployed ${ID} to web1, web2. Receipt r-1 · undo: ops rollback web`],
    [
      'deploy to some',
      DEPLOYED,
      [done, { result: 'unchanged' }],
      `Deployed ${ID} to web1. Receipt r-1 · undo: ops rollback web --host web1`,
    ],
    [
      'deploy to those asked for',
      { ...DEPLOYED, everywhere: false },
      [done, done],
      `Deployed ${ID} to web1, web2. Receipt r-1 · undo: ops rollback web --host web1 --host web2`,
    ],
    ['first deploy', fullPlan(APP, [{ ...web1, ...FIRST }]), [done], `Deployed ${ID} to web1. Receipt r-1`],
    ['rollback', ROLLED_BACK, [done, done], 'Rolled web back to C on web1, web2. Receipt r-1'],
    ['prune', PRUNED, [done], 'Pruned web on web1. Receipt r-1'],
    ['resume', RESUMED, [{ ...done, seen: { release: 'D' } }], 'web1 serves D: nothing is unfinished. Receipt r-1'],
    [
      'resume that watched',
      RESUMED,
      [
        { ...done, seen: { release: 'D', state: 'active' } },
        { ...done, seen: { release: 'C' } },
      ],
      'web1 serves D; web2 serves C: not proven yet on web1. Receipt r-1',
    ],
    [
      'resume of nothing',
      RESUMED,
      [{ result: 'not-started', seen: { release: 'D' } }],
      'Nothing to resume: web1 serves D. Receipt r-1',
    ],
  ])('%s', (_, plan, hosts, line) => {
    expect(deployVoice.outcome(outcome(hosts), plan)).toEqual([line]);
  });
});

describe('the last line of one that did not', () => {
  test.each<[HostResult, Partial<HostOutcome>, string]>([
    ['done', { seen: { release: 'B' } }, 'web1 serves B'],
    ['unchanged', {}, 'web1 had nothing to do'],
    ['not-started', {}, 'web1 was not touched'],
    ['reverted', { code: 'probe-failed', seen: { release: 'A' } }, 'web1 failed and is back on A'],
    ['reverted', { code: 'put-back', seen: { release: 'A' } }, 'web1 was put back on A'],
    ['stuck', { code: 'probe-failed' }, 'web1 failed and serves no proven release'],
    [
      'unproved',
      { code: 'operator-probe', seen: { release: 'B' } },
      'web1 serves B, which does not answer as it should from here',
    ],
    ['unproved', { code: 'lock-held', seen: { release: 'B' } }, 'web1 serves B, and was not put back'],
    ['refused', { code: 'stopped' }, 'web1 was not changed: stopped before the swap'],
    ['refused', { code: 'check-failed' }, 'web1 was not changed: the release was refused'],
    ['stale', {}, 'web1 was not changed: it is no longer as the plan saw it'],
    ['lock-held', {}, 'web1 was not changed: another run holds the lock'],
    ['failed', { code: 'tree-mismatch' }, 'web1 was not changed: what arrived is not what was sent'],
    ['failed', { code: 'upload-failed' }, 'web1 was not changed'],
    ['unknown', {}, 'web1: outcome unknown, ops resume tells'],
  ])('%s %j: a sentence that is true, and the exit code', (result, more, sentence) => {
    const line = end(DEPLOYED, { result, ...more }, { result: 'stale' });
    expect(line).toMatch(/^.*; web2 was not changed: it is no longer as the plan saw it\. Receipt r-1 · exit \d+$/);
    expect(line!.split('; web2')[0]).toBe(sentence);
  });

  test('a prune that failed elsewhere leaves a host that keeps what it needs', () => {
    expect(end(PRUNED, { result: 'done' }, { result: 'refused' })).toMatch(/^web1 keeps what it needs; /);
  });
});

test('a document names the app and the release, besides what all changes say', () => {
  const hosts = outcome([{ result: 'done' }, { result: 'reverted', code: 'put-back', message: 'x', hints: ['ops logs'] }]);
  expect(documentOf(hosts, DEPLOYED, deployVoice)).toMatchObject({
    run: 'r-1',
    scope: { kind: 'app', app: 'web' },
    app: 'web',
    release: ID,
    exit: 33,
    error: { code: 'put-back', message: 'x', hints: ['ops logs'] },
    receipt: '/state/receipts/r-1',
  });
  expect(documentOf(outcome([{ result: 'done' }]), ROLLED_BACK, deployVoice)).toMatchObject({ app: 'web', release: null });
});
