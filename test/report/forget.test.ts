import { describe, expect, test } from 'vitest';
import type { Privilege } from '../../src/config/types.ts';
import { planForget } from '../../src/hosts/forget/plan.ts';
import { exitOf, type HostOutcome, type HostResult, type Outcome } from '../../src/plan/outcome.ts';
import { forgetVoice } from '../../src/report/forget.ts';
import { documentOf } from '../../src/report/outcome.ts';
import { plainOutcome } from '../../src/run/part.ts';
import { makeConfig } from '../preflight/hosts.ts';

const belongings = [
  { kind: 'unit', path: '/etc/systemd/system/web.service' },
  { kind: 'state', path: '/var/lib/ops' },
];

function planOf(only: string | null = null, found = belongings, privilege: Privilege = 'sudo') {
  const each = { host: 'web1', fqdn: 'web1.lab.test', via: null, privilege, by: 'dana', only, trees: false } as const;
  return planForget({
    command: 'forget',
    config: makeConfig([]),
    run: 'r-1',
    overrides: [],
    hosts: [{ ...each, belongings: found }],
  });
}

function outcome(result: HostResult, more: Partial<HostOutcome> = {}, receipt: string | null = '/r'): Outcome {
  const host = { ...plainOutcome({ run: 'r-1', host: 'web1', executions: 2, seconds: 3, at: '' }, result), ...more };
  const exit = result === 'stuck' ? 'failed' : exitOf([host]);
  return { run: 'r-1', scope: { kind: 'host' }, hosts: [host], exit, receipt };
}

test('the plan lists each thing with what it is, and the question names the host', () => {
  expect(forgetVoice.plan(planOf())).toEqual([
    '2 things of ours on web1',
    '  unit      /etc/systemd/system/web.service',
    '  state     /var/lib/ops',
  ]);
  expect(forgetVoice.question(planOf())).toBe('Stop and remove these on web1?');
  expect(forgetVoice.rows(planOf())).toEqual(['web1']);
});

test.each([
  [null, 'Nothing of ours is on web1.'],
  ['web', 'Nothing of web is on web1.'],
])('where nothing of %s is there, that is said', (only, line) => {
  expect(forgetVoice.nothing(planOf(only, []))).toEqual([line]);
  expect(forgetVoice.nothing({ ...planOf(only, []), command: 'resume' })).toEqual(['Nothing to resume on web1.']);
});

describe('the last lines say what was seen afterwards', () => {
  test.each<[string, HostOutcome['seen'], string | null, string | null, string[]]>([
    ['all of it gone', { left: '0' }, null, '/r', ['Nothing of ours is left on web1. Receipt r-1']],
    ['one app gone', { left: '0' }, 'web', null, ['Nothing of web is left on web1.']],
    [
      'the trees stay',
      { left: '0', 'stays.1': '/srv/my web/releases', 'stays.2': '/srv/web/current', 'stays.3': '/srv/web/shared' },
      null,
      '/r',
      [
        'Nothing of ours is left on web1 but the trees, which stay:',
        '  /srv/my web/releases',
        '  /srv/web/current',
        '  /srv/web/shared',
        "  → once nothing runs from them, on the host: sudo rm -rf '/srv/my web/releases'",
        'Receipt r-1',
      ],
    ],
  ])('%s', (_, seen, only, receipt, lines) => {
    expect(forgetVoice.outcome(outcome('done', { seen }, receipt), planOf(only))).toEqual(lines);
  });

  test('trees of a login without privilege are its own to remove', () => {
    const seen = { left: '0', 'stays.1': '/home/dana/web/releases' };
    expect(forgetVoice.outcome(outcome('done', { seen }), planOf(null, belongings, 'none'))).toContain(
      '  → once nothing runs from them, on the host: rm -rf /home/dana/web/releases',
    );
  });

  test.each<[HostResult, Partial<HostOutcome>, string]>([
    ['stuck', { code: 'forget-failed' }, 'web1 still has some of it. Receipt r-1 · exit 1'],
    ['stale', { code: 'facts-changed' }, 'web1 was not changed: it is no longer as the plan saw it. Receipt r-1 · exit 21'],
    ['lock-held', {}, 'web1 was not changed: another run holds the lock. Receipt r-1 · exit 20'],
    ['refused', { code: 'stopped' }, 'web1 was not changed: stopped before anything was. Receipt r-1 · exit 21'],
    ['unknown', {}, 'web1: outcome unknown, ops resume tells. Receipt r-1 · exit 41'],
  ])('%s', (result, more, line) => {
    const lines = forgetVoice.outcome(outcome(result, { ...more, message: 'why', details: ['unit /x'] }), planOf());
    expect(lines.at(-1)).toBe(line);
    expect(lines).toContain('      unit /x');
  });
});

test('a document says what was to go, what is left and what stays', () => {
  const seen = { left: '1', 'left.1': 'unit /etc/systemd/system/a b.service', 'stays.1': '/srv/web/releases' };
  expect(documentOf(outcome('stuck', { seen }), planOf(), forgetVoice)).toMatchObject({
    scope: { kind: 'host' },
    belongings,
    left: [{ kind: 'unit', path: '/etc/systemd/system/a b.service' }],
    stays: ['/srv/web/releases'],
  });
});
