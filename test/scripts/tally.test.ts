import { expect, test } from 'vitest';
import { sum } from '../../scripts/step.ts';
import { type Run, tallyOf } from '../../scripts/vitest.ts';

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map(status => ({ status })),
});
const run = (testResults: NonNullable<Run['report']>['testResults'], rest: Partial<Run> = {}): Run => ({
  code: 0,
  report: { testResults },
  expected: testResults.map(result => result.name),
  skippedFail: false,
  ...rest,
});

test.each<[string, Run, { passed: number; failed: number; skipped?: number }]>([
  ['all passed', run([file('a', 'passed', 'passed'), file('b', 'passed')]), { passed: 3, failed: 0 }],
  ['a failed test', run([file('a', 'passed', 'failed')], { code: 1 }), { passed: 1, failed: 1 }],
  [
    'a file that did not load',
    run([{ ...file('a'), status: 'failed' }, file('b', 'passed')], { code: 1 }),
    { passed: 1, failed: 1 },
  ],
  ['a file without a test', run([file('a')]), { passed: 0, failed: 1 }],
  [
    'a hook that failed after its tests',
    run([{ ...file('a', 'passed'), status: 'failed' }], { code: 1 }),
    { passed: 1, failed: 1 },
  ],
  ['a file that did not run', run([file('a', 'passed')], { expected: ['a', 'b'] }), { passed: 1, failed: 1 }],
  ['an error outside any test', run([file('a', 'passed')], { code: 1 }), { passed: 1, failed: 1 }],
  ['no report at all', run([], { code: 1, report: null, expected: ['a', 'b'] }), { passed: 0, failed: 2 }],
  ['no report and no file', run([], { code: 1, report: null }), { passed: 0, failed: 1 }],
  ['a skipped test here', run([file('a', 'passed', 'skipped', 'todo')]), { passed: 1, failed: 0, skipped: 2 }],
  ['a skipped test in CI', run([file('a', 'passed', 'skipped')], { skippedFail: true }), { passed: 1, failed: 1, skipped: 1 }],
])('%s', (_, given, expected) => {
  expect(tallyOf(given)).toEqual({ skipped: 0, ...expected });
});

test('tallies add up', () => {
  const tallies = [
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ];
  expect(sum(tallies)).toEqual({ passed: 11, failed: 22, skipped: 33 });
});
