import { describe, expect, test } from 'vitest';
import { DEPLOY } from '../../src/deploy/capability.ts';
import { planPrune } from '../../src/deploy/plan/prune.ts';
import { exitOf, type HostOutcome, type HostResult } from '../../src/plan/outcome.ts';
import { plainOutcome } from '../../src/run/part.ts';
import { makeConfig } from '../preflight/hosts.ts';
import { FULL_APP, fullHost, fullPlan } from '../support/deploy-run.ts';

const { planned } = fullHost('web1', FULL_APP);
const AFRESH = [
  'ops deploy web --full   (sends everything afresh)',
  'source: exclude in ops.yaml, for what changes while it is sent',
];
const DEPLOYED = fullPlan(FULL_APP, [planned]).hosts[0]!;
const input = { config: makeConfig([]), app: FULL_APP, run: 'r-1', overrides: [] };
const PRUNED = planPrune({ ...input, keep: 1, hosts: [planned] }).hosts[0]!;

function outcome(result: HostResult, more: Partial<HostOutcome> = {}): HostOutcome {
  return { ...plainOutcome({ run: 'r-1', host: 'web1', executions: 1, seconds: 1, at: '' }, result), ...more };
}

test.each<[HostResult, string, string, readonly string[]]>([
  ['failed', 'manifest-mismatch', 'verification-failed', AFRESH],
  ['failed', 'tree-mismatch', 'verification-failed', AFRESH],
  ['failed', 'start-failed', 'failed', []],
  ['refused', 'adopt-nothing', 'host-not-ready', []],
  ['refused', 'adopt-not-running', 'host-not-ready', []],
  ['refused', 'adopt-twice', 'host-not-ready', []],
  ['refused', 'check-failed', 'refused', []],
  ['stale', 'facts-changed', 'refused', ['ops deploy web   (plans again)']],
  ['lock-held', 'lock-held', 'lock-held', ['ops deploy web --wait 10m']],
  ['reverted', 'unit-crash-loop', 'rolled-back', ['ops logs web --host web1']],
  ['stuck', 'probe-failed', 'not-serving', ['ops logs web --host web1']],
])('%s because of %s exits as %s, and says how to go on', (result, code, exit, hints) => {
  const read = DEPLOY.interpret(outcome(result, { code }), {}, DEPLOYED);
  expect(exitOf([read])).toBe(exit);
  expect(read.hints).toEqual(hints);
});

describe('what serves afterwards', () => {
  test.each<[string, HostResult, string | undefined, Record<string, string[]>, string | undefined]>([
    ['of a run that went well, is what it recorded', 'done', '/opt/web', { release: ['adopted'] }, 'adopted'],
    ['of one that went back, is what current says', 'reverted', 'releases/A', { release: ['B'] }, 'A'],
    ['where there is no current, is nothing', 'stuck', '-', {}, undefined],
    ['where nobody looked, is not known', 'unknown', undefined, {}, undefined],
    ['after an installation from before ops, is the link it is', 'reverted', '/opt/web', {}, '/opt/web'],
  ])('%s', (_, result, current, record, release) => {
    const seen = current === undefined ? {} : { current };
    expect(DEPLOY.interpret(outcome(result, { seen }), record, DEPLOYED).seen.release).toBe(release);
  });

  test('and what it is to its host', () => {
    const read = DEPLOY.interpret(outcome('done', { seen: { current: 'releases/B' } }), { state: ['active'] }, DEPLOYED);
    expect(read.seen).toEqual({ current: 'releases/B', release: 'B', state: 'active' });
  });
});

test('details of what went well are told of a prune alone: they are what it removed', () => {
  const done = outcome('done', { details: ['removed release A'] });
  expect(DEPLOY.interpret(done, {}, DEPLOYED).details).toEqual([]);
  expect(DEPLOY.interpret(done, {}, PRUNED).details).toEqual(['removed release A']);
  expect(DEPLOY.interpret(outcome('reverted', { details: ['boom'] }), {}, DEPLOYED).details).toEqual(['boom']);
});

test('one line for a host where all went well', () => {
  const probe = { vantage: 'host', host: 'web1', subject: 's', claim: 'probe page', observed: '200', at: '' } as const;
  expect(DEPLOY.done(outcome('done'), DEPLOYED)).toBe('swapped, active, stable');
  expect(DEPLOY.done(outcome('done', { evidence: [probe, { ...probe, claim: 'is' }] }), DEPLOYED)).toBe(
    'swapped, active, stable, probes 1/1',
  );
  const pruned = DEPLOY.interpret(outcome('done', { details: ['removed release A'] }), { removed: ['299'] }, PRUNED);
  expect(DEPLOY.done(pruned, PRUNED), 'the record holds no more than thirty lines of them').toBe('299 removed');
});
