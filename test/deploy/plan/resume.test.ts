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
  expect(resume(releases(states))).toMatchObject({ release: 'C', backTo });
});

test('what serves is looked at as it was deployed, and then asked from here as ops.yaml says today', () => {
  const plan = resume(releases({ A: {}, B: {}, C: { state: 'active', services: ['c.service'], stableMs: 3_000 } }));
  expect(plan.steps.map(({ undo: _, ...step }) => step)).toMatchObject([
    { kind: 'restart', unit: 'c.service', origin: null },
    { kind: 'stable', ms: 3_000, startMs: null },
    { kind: 'probe', id: 'seen', target: 'http://a.lab.test:8080/health' },
    { kind: 'probe', id: 'open', target: 'a.lab.test:8080' },
  ]);
  expect(plan.fence).toMatchObject({ current: 'releases/C', units: 'units' });
});

test.each<Found>([
  { kind: 'alive', run },
  { kind: 'ended', run },
  { kind: 'older', run },
  { kind: 'nothing-changed', run: null },
])('what is $kind is nothing to do', found => {
  expect(resume(releases({ A: {}, B: {} }), found)).toMatchObject({ release: 'B', steps: [] });
});
