import { expect, test } from 'vitest';
import { planForget } from '../../src/hosts/forget/plan.ts';
import type { HostOutcome, Outcome } from '../../src/plan/outcome.ts';
import { documentOf, renderEnd, renderFailures } from '../../src/report/outcome.ts';
import type { Voice } from '../../src/report/voice.ts';
import { voiceOf } from '../../src/report/voices.ts';
import { plainOutcome } from '../../src/run/part.ts';
import { makeConfig } from '../preflight/hosts.ts';
import { FULL_APP, fullHost, fullPlan } from '../support/deploy-run.ts';

const host = (id: string, more: Partial<HostOutcome> = {}): HostOutcome => ({
  ...plainOutcome({ run: 'r-1', host: id, executions: 2, seconds: 3, at: '' }, 'done'),
  ...more,
});
const seen = { vantage: 'host', host: 'b', subject: 'current', claim: 'is', observed: 'releases/A', at: '' } as const;
const failed = host('b', {
  result: 'reverted',
  code: 'probe-failed',
  message: '503 \u001b[31mred',
  details: ['line one', '::error::two'],
  hints: ['ops logs web --host b'],
  evidence: [seen],
});
const OUTCOME: Outcome = { run: 'r-1', scope: { kind: 'host' }, hosts: [host('a'), failed], exit: 'partial', receipt: '/r' };

test('what went wrong on each host, with what was seen and how to go on, and no control character', () => {
  expect(renderFailures(OUTCOME)).toEqual([
    '  b  503 \\x1b[31mred (probe-failed)',
    '      line one',
    '      :·:error::two',
    '      → ops logs web --host b',
  ]);
});

test('a reason of several lines is several lines, and its code stands on the first', () => {
  const message = 'systemd says no\nJob failed.\u0007';
  expect(renderFailures({ ...OUTCOME, hosts: [{ ...failed, message, details: [], hints: [] }] })).toEqual([
    '  b  systemd says no (probe-failed)',
    '      Job failed.\\x07',
  ]);
});

test('the last line: a sentence a host, the receipt where there is one, and the exit code', () => {
  expect(renderEnd(OUTCOME, ({ host: id }) => id)).toBe('a; b. Receipt r-1 · exit 33');
  expect(renderEnd({ ...OUTCOME, receipt: null }, ({ host: id }) => id)).toBe('a; b. · exit 33');
});

test('a document has what all changes say, then what the capability adds; evidence is told once', () => {
  const voice = { document: () => ({ more: 1 }) } as unknown as Voice;
  const document = documentOf(OUTCOME, fullPlan(FULL_APP, [fullHost('a', FULL_APP).planned]), voice);
  expect(document).toMatchObject({
    ...{ run: 'r-1', scope: { kind: 'host' }, more: 1, exit: 33, receipt: '/r' },
    error: { code: 'probe-failed', hints: ['ops logs web --host b'] },
    hosts: [
      { host: 'a', result: 'done' },
      { host: 'b', result: 'reverted' },
    ],
    evidence: [seen],
  });
  expect(JSON.stringify((document as { hosts: object }).hosts)).not.toContain('evidence');
});

test('a run that went well has no error in its document', () => {
  const plan = fullPlan(FULL_APP, [fullHost('a', FULL_APP).planned]);
  expect(documentOf({ ...OUTCOME, hosts: [host('a')] }, plan, voiceOf(plan))).not.toHaveProperty('error');
});

test('each capability speaks for its own plans; one that nobody speaks for is a bug', () => {
  const forget = planForget({ command: 'forget', config: makeConfig([]), run: 'r-1', overrides: [], hosts: [] });
  const deploy = fullPlan(FULL_APP, [fullHost('a', FULL_APP).planned]);
  expect(voiceOf(deploy).rows(deploy)).toContain('upload');
  expect(voiceOf(forget).rows(forget)).toEqual([]);
  expect(() => voiceOf({ ...forget, capability: 'else' })).toThrow(expect.objectContaining({ code: 'bug' }));
});
