import { expect, test } from 'vitest';
import type { HostOutcome, HostResult } from '../../src/plan/outcome.ts';
import { wasOvertaken } from '../../src/run/overtaken.ts';

const outcomeOf = (...results: HostResult[]) => ({ hosts: results.map(result => ({ result }) as HostOutcome) });

test.each<HostResult[]>([['lock-held'], ['stale'], ['lock-held', 'stale'], ['unchanged', 'lock-held', 'not-started']])(
  'a run whose hosts are %s, %s, %s was overtaken',
  (...results) => {
    expect(wasOvertaken(outcomeOf(...results))).toBe(true);
  },
);

test.each<HostResult[]>([
  ['done'],
  ['unchanged', 'not-started'],
  ['lock-held', 'done'],
  ['lock-held', 'unproved'],
  ['stale', 'reverted'],
  ['lock-held', 'failed'],
  ['lock-held', 'unknown'],
])('one whose hosts are %s, %s is not tried again', (...results) => {
  expect(wasOvertaken(outcomeOf(...results))).toBe(false);
});
