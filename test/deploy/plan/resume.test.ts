import { expect, test } from 'vitest';
import { planResume } from '../../../src/deploy/plan/resume.ts';
import type { AppFacts, ReleaseFacts, RunFacts } from '../../../src/host/facts/types.ts';
import type { Found } from '../../../src/run/find.ts';
import { makeConfig } from '../../preflight/hosts.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { FULL_APP } from '../../support/deploy-run.ts';

const run = { run: 'r-0', mode: 'deploy', release: 'C', before: 'B' } as RunFacts;

function resume(facts: AppFacts, found: Found = { kind: 'half-way', run }) {
  const host = { host: 'a', fqdn: 'a.lab.test', via: null, privilege: 'sudo', by: 'dana', facts, found } as const;
  return planResume({ config: makeConfig([]), app: FULL_APP, run: 'r-1', overrides: [], hosts: [host] }).hosts[0]!;
}

/** As the spec of a release has it. */
const PROBE = 'probe page http http://127.0.0.1:8080/a\\0040b 200,204 fine 3 10 2000 8080 - named';
const HOST_PROBE = { kind: 'probe', id: 'page', from: 'host', target: 'http://127.0.0.1:8080/a b', status: [200, 204] };

const releases = (states: Readonly<Record<string, Partial<ReleaseFacts>>>) =>
  appFacts(Object.entries(states).map(([id, more], seq) => releaseFacts(id, seq, more)));

test.each<[string, Parameters<typeof releases>[0], string | null]>([
  ['what served before it, when that was proven', { A: {}, B: {}, C: { state: 'active' } }, 'B'],
  ['the newest proven one, where it was not', { A: {}, B: { state: 'active' }, C: { state: 'active' } }, 'A'],
  ['what served before it all the same, where nothing is proven', { B: { state: 'active' }, C: { state: 'active' } }, 'B'],
  ['nothing, where that failed', { B: { state: 'failed' }, C: { state: 'active' } }, null],
  ['nothing, where its tree is gone', { B: { present: false }, C: { state: 'active' } }, null],
  ['the newest proven one, where what served before it serves again', { A: {}, C: { state: 'failed' }, B: {} }, 'A'],
])('the way back from a run that was cut off is %s', (_, states, backTo) => {
  const current = Object.keys(states).at(-1);
  expect(resume(releases(states))).toMatchObject({ release: current, backTo });
});

test('where nothing is current, there is only the way back, and its units and probes', () => {
  const facts = { ...releases({ A: {}, B: { services: ['b.service'], probes: [PROBE] } }), current: null };
  const plan = resume(facts);
  expect(plan).toMatchObject({ release: 'C', previous: null, backTo: 'B' });
  expect(plan.steps).toMatchObject([{ kind: 'restart', unit: 'b.service' }, { kind: 'stable' }, HOST_PROBE]);
});

test('what serves is looked at and asked as it was deployed, whatever ops.yaml says today', () => {
  const served = { services: ['c.service'], stableMs: 3_000, probes: [PROBE, 'ask open tcp a.lab.test:8080 - - 1 1 1 - - -'] };
  const plan = resume(releases({ A: {}, B: {}, C: { state: 'active', ...served } }));
  expect(plan.steps.map(({ undo: _, ...step }) => step)).toMatchObject([
    { kind: 'restart', unit: 'c.service', origin: null },
    { kind: 'stable', ms: 3_000, startMs: null },
    HOST_PROBE,
    { kind: 'probe', from: 'operator', id: 'open', target: 'a.lab.test:8080' },
  ]);
  expect(plan.fence).toMatchObject({ current: 'releases/C', units: 'units' });
});

test('what went live and was not proven yet is asked from here, and only that', () => {
  const asks = { probes: [PROBE, 'ask open tcp a.lab.test:8080 - - 1 1 1 - - -'] };
  const ended = (outcome: string, state: ReleaseFacts['state']) =>
    resume(releases({ B: {}, C: { state, ...asks } }), { kind: 'ended', run: { ...run, record: { outcome: [outcome] } } }).steps;
  expect(ended('done', 'active')).toMatchObject([{ kind: 'probe', from: 'operator', id: 'open' }]);
  expect([ended('done', 'proven'), ended('unproved', 'active')]).toEqual([[], []]);
});

test.each<Found>([
  { kind: 'alive', run },
  { kind: 'ended', run },
  { kind: 'older', run },
  { kind: 'nothing-changed', run: null },
])('what is $kind is nothing to do', found => {
  expect(resume(releases({ A: {}, B: {} }), found)).toMatchObject({ release: 'B', steps: [] });
});
