import { expect, test } from 'vitest';
import { wasOvertaken } from '../../src/deploy/in-turn.ts';
import type { HostOutcome, HostResult } from '../../src/plan/outcome.ts';

const outcomeOf = (...results: HostResult[]) => ({ hosts: results.map(result => ({ result }) as HostOutcome) });

test.each<HostResult[]>([['lock-held'], ['stale'], ['lock-held', 'stale'], ['unchanged', 'lock-held', 'not-started']])(
  'a run whose hosts are %s, %s, %s was overtaken',
  (...results) => {
    expect(wasOvertaken(outcomeOf(...results))).toBe(true);
  },
);

test.each<HostResult[]>([
  ['deployed'],
  ['unchanged', 'not-started'],
  ['lock-held', 'deployed'],
  ['lock-held', 'put-back'],
  ['stale', 'rolled-back'],
  ['lock-held', 'failed'],
  ['lock-held', 'unknown'],
])('one whose hosts are %s, %s is not tried again', (...results) => {
  expect(wasOvertaken(outcomeOf(...results))).toBe(false);
});
