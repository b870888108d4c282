import { expect, test } from 'vitest';
import { planPrune } from '../../../src/deploy/plan/prune.ts';
import { beyond } from '../../../src/deploy/plan/retention.ts';
import type { AppFacts, ReleaseFacts } from '../../../src/host/facts/types.ts';
import { makeConfig } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';

/** a (oldest) to the last, all proven but for those that are said to be something else. */
function releases(ids: string, states: Readonly<Record<string, ReleaseFacts['state']>> = {}): ReleaseFacts[] {
  return [...ids].map((id, seq) => releaseFacts(id, seq, { state: states[id] ?? 'proven' }));
}

test.each<[string, ReleaseFacts[], number, (string | null)[], string[]]>([
  ['what is beyond the newest goes, the newest of it first', releases('abcd'), 1, ['d', 'c'], ['b', 'a']],
  ['those that failed take no place; the newest of them stays', releases('abcd', { a: 'failed', c: 'failed' }), 2, ['d'], ['a']],
  [
    'several that failed: all but the newest go',
    releases('abcde', { a: 'failed', b: 'failed', d: 'failed' }),
    5,
    ['e'],
    ['b', 'a'],
  ],
  ['what is needed stays, and takes its place all the same', releases('abcd'), 2, ['d', 'a', null], ['b']],
  ['what there is room for stays', releases('abcd'), 4, ['d'], []],
  ['one that was left is one like any other', releases('abc', { b: 'left' }), 1, ['c'], ['b', 'a']],
])('%s', (_, all, keep, needed, gone) => {
  expect(beyond(all, keep, needed)).toEqual(gone);
  expect(beyond(all.toReversed(), keep, needed), 'recorded order decides, not the order of the list').toEqual(gone);
});

test('what was adopted stays, however old it is', () => {
  const [first, ...others] = releases('abc');
  expect(beyond([{ ...first!, adopted: true }, ...others], 1, ['c'])).toEqual(['b']);
});

const prune = (facts: AppFacts, keep: number) =>
  planPrune({
    config: makeConfig([]),
    app: appConfig(),
    run: 'r-1',
    keep,
    overrides: [],
    hosts: [{ host: 'a', fqdn: 'a.lab.test', via: null, privilege: 'sudo', by: 'dana', facts }],
  }).hosts[0]!;

test('a prune keeps current and the release to go back to, and names what goes', () => {
  const plan = prune(appFacts(releases('abcd', { c: 'failed' })), 1);
  expect(plan).toMatchObject({ release: 'd', backTo: 'b', steps: [{ kind: 'retain', keep: 1, remove: ['a'] }] });
});

test('a prune of what dead uploads left has a step, though no release goes; with neither there is nothing to do', () => {
  expect(prune(appFacts(releases('ab'), { leftovers: ['.partial-r-0'] }), 5).steps).toMatchObject([
    { kind: 'retain', remove: [] },
  ]);
  expect(prune(appFacts(releases('ab')), 5).steps).toEqual([]);
});
