import { expect, test } from 'vitest';
import { planResume } from '../../src/deploy/plan/resume.ts';
import { planRollback } from '../../src/deploy/plan/rollback.ts';
import { textsOfKept } from '../../src/deploy/text-changes.ts';
import type { RunFacts } from '../../src/host/facts/types.ts';
import { makeConfig } from '../preflight/hosts.ts';
import { appConfig } from '../support/app-config.ts';
import { appFacts, releaseFacts } from '../support/app-facts.ts';
import { preparedApp } from '../support/deploy-run.ts';
import { hostThat } from '../support/hosts-that-answer.ts';

const UNIT = '/etc/systemd/system/web.service';
const GOES = '/etc/systemd/system/new.service';
const ENV = '/etc/ops/web.env';

const file = (path: string, text: string | null) => ({ path, digest: `digest of ${text}`, text });
const kept = {
  A: { files: [file(UNIT, 'User=a\n'), file(ENV, null)], variables: [] },
  B: { files: [file(UNIT, 'User=b\n'), file(GOES, 'User=c\n')], variables: [] },
};
const facts = appFacts([releaseFacts('A', 1), releaseFacts('B', 2)], {
  installed: kept.B.files.map(each => ({ ...each, mode: '644' })),
  created: [UNIT, GOES],
  kept: new Map(Object.entries(kept)),
});
const host = { host: 'web1', fqdn: 'web1.lab.test', via: null, privilege: 'sudo', by: 'dana', facts } as const;
const input = { config: makeConfig([]), app: appConfig(), run: 'r-1', overrides: [] };

test('a rollback shows how units and drop-ins will read, from what the host keeps of the release; never the env file', () => {
  const plan = planRollback({ ...input, to: null, hosts: [host] });
  const [part] = preparedApp(plan, [hostThat('web1')], () => facts).parts;
  expect(textsOfKept(part!, 'A')).toEqual([
    { host: 'web1', path: UNIT, before: 'User=b\n', after: 'User=a\n' },
    { host: 'web1', path: GOES, before: 'User=c\n', after: '' },
  ]);
});

test('where there is nothing to do, there is nothing to show', () => {
  const found = { kind: 'ended', run: { run: 'r-0' } as RunFacts } as const;
  const plan = planResume({ ...input, hosts: [{ ...host, found }] });
  const [part] = preparedApp(plan, [hostThat('web1')], () => facts).parts;
  expect(textsOfKept(part!, 'A')).toEqual([]);
});
