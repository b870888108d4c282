import { expect, test } from 'vitest';
import { DEPLOY } from '../../src/deploy/capability.ts';
import type { HostRunner, Result } from '../../src/exec/runner.ts';
import type { RunFacts } from '../../src/host/facts/types.ts';
import { findInFacts, findRun } from '../../src/run/find.ts';
import type { OpenHost } from '../../src/run/part.ts';
import { makeHost } from '../preflight/hosts.ts';
import { appFacts } from '../support/app-facts.ts';

function run(id: string, since: number, overrides: Partial<RunFacts> = {}): RunFacts {
  const at = `2026-11-21T07:00:0${since}Z`;
  return {
    run: id,
    mode: 'deploy',
    release: 'A',
    by: 'dana',
    since: at,
    phase: 'stable',
    about: {},
    before: null,
    alive: false,
    record: null,
    ...overrides,
  };
}

const record = { outcome: ['done'] };

test('without a name, what was cut off half-way comes before an upload that was begun later', () => {
  const lastRun = run('r-OLD', 1);
  const facts = appFacts([], { lastRun, uploads: [run('r-NEW', 2, { phase: 'uploading' })] });
  expect(findInFacts(facts, null)).toEqual({ kind: 'half-way', run: lastRun });
  expect(findInFacts(facts, 'r-NEW')).toMatchObject({ kind: 'nothing-changed', run: { run: 'r-NEW' } });
});

test('a run that ended is found by its name and by the way back that it began', () => {
  expect(findInFacts(appFacts([], { lastRun: run('r-A', 1, { record }) }), 'r-A').kind).toBe('ended');
  expect(findInFacts(appFacts([], { lastRun: run('r-A-back', 1, { record }) }), 'r-A').kind).toBe('ended');
  expect(findInFacts(appFacts([], { lock: run('r-A', 1, { alive: true }) }), 'r-A').kind).toBe('alive');
});

/** A host whose `follow` program answers with these lines. */
function host(lines: readonly string[]) {
  const runner: Partial<HostRunner> = {
    run: async (spec, options): Promise<Result> => {
      const nonce = /^nonce (\S+)$/m.exec(String(spec.stdin))?.[1];
      for (const line of [...lines, 'end 0']) options?.onLine?.(`@${nonce} ${line}`, 'stdout');
      return { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 1 };
    },
  };
  const facts = appFacts([], { lastRun: run('r-B', 2, { record }) });
  return { host: makeHost('web1'), session: { runner } as OpenHost['session'], facts };
}

const find = (item: ReturnType<typeof host>) => findRun(DEPLOY, item, item.facts, { app: 'web', path: '/srv/web' }, 'r-A');

test('a run that others came after is asked for by its name', async () => {
  const lines = ['run r-A', 'intent by=dana', 'intent since=1795254838', 'intent mode=deploy', 'record outcome reverted'];
  expect(await find(host(lines))).toMatchObject({
    kind: 'older',
    run: { run: 'r-A', mode: 'deploy', by: 'dana', since: '2026-11-21T09:53:58.000Z', record: { outcome: ['reverted'] } },
  });
});

test('a time that no calendar has is left out', async () => {
  expect(await find(host(['run r-A', 'intent since=99999999999999999999']))).toMatchObject({ kind: 'older', run: { since: '' } });
});

test('a run that left no trace is nobody’s', async () => {
  const lines = ['error run-unknown', 'detail no trace of run r-A of web on this host'];
  expect(await find(host(lines))).toEqual({ kind: 'nothing-changed', run: null });
});
