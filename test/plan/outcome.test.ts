import { expect, test } from 'vitest';
import { EXIT_CODES, type ExitName } from '../../src/errors.ts';
import { RESULTS } from '../../src/host/protocol.ts';
import { exitCodeOf, exitOf, type HostOutcome, type HostResult } from '../../src/plan/outcome.ts';

const hosts = (...results: (HostResult | [HostResult, ExitName])[]) =>
  results.map(each => (Array.isArray(each) ? { result: each[0], exit: each[1] } : { result: each }) as HostOutcome);

test.each<[HostResult, ExitName]>([
  ['done', 'ok'],
  ['unchanged', 'ok'],
  ['not-started', 'ok'],
  ['reverted', 'rolled-back'],
  ['refused', 'refused'],
  ['stale', 'refused'],
  ['lock-held', 'lock-held'],
  ['unproved', 'verification-failed'],
  ['failed', 'failed'],
  ['stuck', 'not-serving'],
  ['unknown', 'unknown'],
])('a run whose only host is %s exits as %s', (result, exit) => {
  expect(exitOf(hosts(result))).toBe(exit);
});

test('every word that a host records has an exit code', () => {
  expect(RESULTS.map(result => EXIT_CODES[exitOf(hosts(result))])).not.toContain(undefined);
});

test.each<[string, ReturnType<typeof hosts>, ExitName]>([
  ['what nobody knows speaks for the run', hosts('done', 'stuck', 'unknown'), 'unknown'],
  ['a bug in ops speaks for it before that', hosts('done', ['unknown', 'bug'], 'unknown'), 'bug'],
  ['then what does not serve', hosts('reverted', 'stuck'), 'not-serving'],
  ['then what went back', hosts('reverted', 'failed'), 'rolled-back'],
  ['not all went back where one that was to did not', hosts('unproved', 'reverted', 'failed'), 'partial'],
  ['some proven and others not is partial', hosts('done', 'unproved'), 'partial'],
  ['none of which is proven', hosts('unproved', 'unproved', 'unchanged'), 'verification-failed'],
  ['some done and others not is partial', hosts('done', 'reverted'), 'partial'],
  ['some done and the others as they were is ok', hosts('done', 'unchanged', 'not-started'), 'ok'],
  ['an error that says more than its result', hosts(['failed', 'host-not-ready'], 'not-started'), 'host-not-ready'],
  ['and it is partial, too, where others are done', hosts('done', ['failed', 'host-not-ready']), 'partial'],
  ['nobody had anything to do', hosts(), 'ok'],
])('%s', (_, outcomes, exit) => {
  expect(exitOf(outcomes)).toBe(exit);
});

test('an exit has its number from the one table', () => {
  expect([exitCodeOf('ok'), exitCodeOf('partial'), exitCodeOf('unknown')]).toEqual([0, 33, 41]);
});
