import { expect, test } from 'vitest';
import { changesOf, changesTo, type Wanted } from '../../../src/deploy/plan/changes.ts';
import { specOf } from '../../../src/deploy/release/spec.ts';
import type { AppFacts, KeptFiles, RunFacts } from '../../../src/host/facts/types.ts';
import { makeUnit } from '../../preflight/hosts.ts';
import { appConfig } from '../../support/app-config.ts';
import { appFacts, releaseFacts } from '../../support/app-facts.ts';
import { FULL_APP, fullHost, fullPlan } from '../../support/deploy-run.ts';

const UNIT = '/etc/systemd/system/web.service';
const ENV = '/etc/ops/web.env';
const spec = specOf({ user: 'web', steps: [{ kind: 'stable', ms: 1_000, startMs: 60_000, undo: '' }] });
const files = [
  { path: UNIT, digest: 'u' },
  { path: ENV, digest: 'e' },
];
const wanted: Wanted = { digest: 'd', spec, files, variables: [{ name: 'A', digest: 'a' }], modes: [] };
const served: AppFacts = appFacts([releaseFacts('D', 1, { digest: 'd' })], {
  current: { link: 'releases/D', release: 'D', broken: false, spec, unproved: null },
  units: [makeUnit('web.service')],
  installed: files.map(file => ({ ...file, mode: file.path === ENV ? '600' : '644', text: null })),
  variables: [{ name: 'A', digest: 'a' }],
  created: [UNIT, ENV],
});
const stuck = { run: 'r-1', mode: 'deploy', record: { outcome: ['stuck'] } } as unknown as RunFacts;

const changes = (facts: Partial<AppFacts>, more: Partial<Wanted> = {}) =>
  changesOf({ ...served, ...facts }, appConfig(), { ...wanted, ...more });

test('what is as it is to be has no changes', () => {
  expect(changes({})).toEqual([]);
});

test.each<[string, Partial<Wanted>, object[]]>([
  ['other content', { digest: 'x' }, [{ kind: 'content' }]],
  ['another unit file', { files: [{ path: UNIT, digest: 'x' }, files[1]!] }, [{ kind: 'file', path: UNIT, how: 'changed' }]],
  ['one that is new', { files: [...files, { path: '/x', digest: 'x' }] }, [{ kind: 'file', path: '/x', how: 'new' }]],
  ['one that goes', { files: [files[1]!] }, [{ kind: 'file', path: UNIT, how: 'removed' }]],
  [
    'variables',
    { variables: [{ name: 'B', digest: 'b' }] },
    [
      { kind: 'variable', name: 'B', how: 'new' },
      { kind: 'variable', name: 'A', how: 'removed' },
    ],
  ],
  ['the value of one', { variables: [{ name: 'A', digest: 'x' }] }, [{ kind: 'variable', name: 'A', how: 'changed' }]],
  [
    'a mode in the tree',
    { modes: [{ path: 'run', from: '644', to: '755' }] },
    [{ kind: 'mode', path: 'run', from: '644', to: '755' }],
  ],
  ['the account', { spec: spec.replace('user web', 'user www') }, [{ kind: 'key', key: 'user' }]],
  ['how long it must be stable', { spec: spec.replace('1000', '2000') }, [{ kind: 'key', key: 'stable' }]],
  ['a probe', { spec: `${spec}probe p tcp 127.0.0.1:1 - - 1 1 1 1 - -\n` }, [{ kind: 'key', key: 'probes' }]],
  ['a probe from here', { spec: `${spec}ask seen tcp web1:1 - - 1 1 1 - - -\n` }, [{ kind: 'key', key: 'probes' }]],
  ['a check', { spec: `${spec}check true\n` }, [{ kind: 'key', key: 'checks' }]],
])('%s', (_, more, expected) => {
  expect(changes({}, more)).toEqual(expected);
});

test.each<[string, Partial<AppFacts>, string]>([
  [
    'an env file that all can read',
    { installed: [served.installed[0]!, { ...served.installed[1]!, mode: '644' }] },
    `${ENV} has mode 644, not 600`,
  ],
  ['a unit file that was edited', { edited: [UNIT] }, `${UNIT} was changed by hand`],
  ['a drop-in that is gone', { edited: ['/x.conf'] }, '/x.conf is gone'],
  ['a file of the tree', { edited: ['/srv/web/releases/D/a'] }, '/srv/web/releases/D/a was changed by hand'],
  [
    'a unit that is disabled',
    { units: [makeUnit('web.service', { enabled: 'disabled', fragment: UNIT })] },
    'web.service is not enabled at boot',
  ],
  ['a unit that failed', { units: [makeUnit('web.service', { active: 'failed' })] }, 'web.service is failed'],
  ['a release that is not proven', { releases: [{ ...served.releases[0]!, state: 'active' }] }, 'D is active, not proven'],
  ['another process', { current: { ...served.current!, unproved: 'port 80 is held by nginx' } }, 'port 80 is held by nginx'],
  ['a run that left it not serving', { lastRun: stuck }, 'D is no longer proven: the last run left it not serving'],
  ['a tree that is gone', { current: { ...served.current!, broken: true } }, 'the tree of D is not there'],
])('%s is found', (_, facts, what) => {
  expect(changes(facts)).toEqual([{ kind: 'drift', what }]);
});

test('going back to a release changes the files that it keeps, and names the variables of its env file', () => {
  const [unit, env] = files as [(typeof files)[0], (typeof files)[1]];
  const kept = (path: string, digest: string) => ({ path, digest, text: null });
  const to = ({ files: has = [], variables = [] }: Partial<KeptFiles>) =>
    changesTo({ ...served, kept: new Map([['A', { files: has, variables }]]) }, releaseFacts('A', 0));
  expect(
    to({ files: [kept(UNIT, unit.digest), kept(ENV, env.digest)] }),
    'its variables are not told when it is the same',
  ).toEqual([]);
  expect(to({ files: [kept(UNIT, 'x'), kept('/x', 'x'), kept(ENV, 'x')], variables: [{ name: 'B', digest: 'b' }] })).toEqual([
    { kind: 'file', path: UNIT, how: 'changed' },
    { kind: 'file', path: '/x', how: 'new' },
    { kind: 'file', path: ENV, how: 'changed' },
    { kind: 'variable', name: 'B', how: 'new' },
    { kind: 'variable', name: 'A', how: 'removed' },
  ]);
  expect(to({ files: [kept(UNIT, unit.digest)] })).toEqual([
    { kind: 'file', path: ENV, how: 'removed' },
    { kind: 'variable', name: 'A', how: 'removed' },
  ]);
});

test('a file of a unit that ops.yaml does not have today is as what serves has it', () => {
  const old = (digest: string) => ({ files: [{ path: '/old', digest, text: null }], variables: [] });
  const keptAs = (digest: string) => new Map(Object.entries({ A: old(digest), D: old('o') }));
  const to = (digest: string) => changesTo({ ...served, created: [], kept: keptAs(digest) }, releaseFacts('A', 0));
  expect([to('o'), to('x')]).toEqual([[], [{ kind: 'file', path: '/old', how: 'changed' }]]);
});

test('a prune that did not end well says nothing of what serves', () => {
  expect(changes({ lastRun: { ...stuck, mode: 'prune' } })).toEqual([]);
});

test('nothing of how a release is deployed may differ unseen', () => {
  const { user, steps } = fullPlan(FULL_APP, [fullHost('web1', FULL_APP).planned]).hosts[0]!;
  const lines = specOf({ user, steps })
    .split('\n')
    .filter(line => line !== '');
  const without = (line: string) => lines.filter(each => each !== line).join('\n');
  const current = { ...served.current!, spec: lines.join('\n') };
  const unseen = lines.filter(line => changes({ current }, { spec: without(line) }).length === 0);
  expect([unseen, changes({ current }, { spec: current.spec })]).toEqual([[], []]);
});
