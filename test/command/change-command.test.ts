import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeCommand } from '../../src/command/change-command.ts';
import { changeFlags } from '../../src/command/flags.ts';
import { loadOclif } from '../../src/main.ts';
import type { HostResult } from '../../src/plan/outcome.ts';
import { plainOutcome } from '../../src/run/part.ts';
import type { Prepared, UseCase } from '../../src/run/use-case.ts';
import { FULL_APP, frozen, fullHost, fullPlan, PREFLIGHT } from '../support/deploy-run.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const before = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));
let stateDir: string;
let printed: { stdout: string; stderr: string };

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'change-'));
  printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation(text => {
      printed[stream] += String(text);
      return true;
    });
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal)) if (!before.get(signal)!.includes(listener)) process.off(signal, listener);
  await rm(stateDir, { recursive: true });
});

const PLAN = fullPlan(FULL_APP, [fullHost('web1', FULL_APP).planned]);
const EMPTY = { ...PLAN, hosts: PLAN.hosts.map(host => ({ ...host, steps: [] })) };

/** A change of which the results are known beforehand, one for each time that it is carried out. */
class Scripted extends ChangeCommand {
  static override flags = changeFlags;
  static override id = 'deploy';
  static plan = PLAN;
  static results: HostResult[] = [];
  static waitMs = 0;
  static looksWhenEmpty = false;
  static log: string[] = [];

  override async run(): Promise<void> {
    const { flags } = await this.parse(Scripted);
    const context = await this.context(flags);
    const useCase: UseCase<object> = {
      looksWhenEmpty: Scripted.looksWhenEmpty,
      prepare: async (): Promise<Prepared> => {
        Scripted.log.push('prepare');
        return frozen({
          plan: Scripted.plan,
          preflight: PREFLIGHT,
          parts: [],
          close: async () => void Scripted.log.push('close'),
        });
      },
      execute: async () => {
        const result = Scripted.results.shift()!;
        Scripted.log.push(`execute ${result}`);
        return [plainOutcome({ run: 'r-1', host: 'web1', executions: 1, seconds: 1, at: '' }, result)];
      },
    };
    await this.carryOut({ ...context, stateDir }, useCase, { waitMs: Scripted.waitMs }, flags);
  }
}

async function carryOut(
  args: readonly string[],
  script: Partial<Pick<typeof Scripted, 'plan' | 'results' | 'waitMs' | 'looksWhenEmpty'>>,
) {
  Object.assign(Scripted, { plan: PLAN, results: ['done'], waitMs: 0, looksWhenEmpty: false, log: [], ...script });
  const config = new URL('../../examples/reference.ops.yaml', import.meta.url).pathname;
  const command = new Scripted([...args, '--config', config], await loadOclif());
  await command.run().catch(error => command.catch(error));
  await command.finally();
  return { ...printed, exit: process.exitCode, log: Scripted.log };
}

test('a change prints its plan, does it, and ends with what became of it', async () => {
  const { stdout, stderr, exit, log } = await carryOut(['--yes'], {});
  expect(log).toEqual(['prepare', 'execute done', 'close']);
  expect(stderr).toContain('Plan for web → web1');
  expect(stdout).toMatch(/^Deployed .* to web1\. Receipt r-1/);
  expect(exit).toBe(0);
  expect(await readdir(join(stateDir, 'receipts'))).toEqual(['r-1']);
});

test.each([
  ['--dry-run', PLAN, 0, /^Plan for web/],
  ['--check', PLAN, 3, /^Plan for web/],
  ['--check', EMPTY, 0, /^Nothing to do/],
  ['--yes', EMPTY, 0, /^Nothing to do/],
])('%s ends with the plan: exit %#', async (flag, plan, exit, said) => {
  const ran = await carryOut([flag], { plan });
  expect(ran).toMatchObject({ exit, log: ['prepare', 'close'], stdout: expect.stringMatching(said) });
  expect(await readdir(stateDir), 'nothing changes, so there is no receipt').toEqual([]);
});

test('without a terminal only --yes answers: nothing is changed', async () => {
  const ran = await carryOut([], {});
  expect(ran).toMatchObject({ exit: 42, log: ['prepare', 'close'], stderr: expect.stringContaining('not-confirmed') });
});

test('what only looks when there is nothing to do is done unasked', async () => {
  expect(await carryOut([], { plan: EMPTY, looksWhenEmpty: true })).toMatchObject({
    exit: 0,
    log: ['prepare', 'execute done', 'close'],
  });
});

test.each(['--dry-run', '--check'])('and not at all with %s: what looks may tell a host what it saw', async flag => {
  const ran = await carryOut([flag], { plan: EMPTY, looksWhenEmpty: true });
  expect(ran).toMatchObject({ exit: 0, log: ['prepare', 'close'], stdout: expect.stringMatching(/^Nothing to do/) });
});

test('a plan and an outcome are each one document for machines, and nothing else is on stdout', async () => {
  const planned = await carryOut(['--json', '--dry-run'], {});
  expect(JSON.parse(planned.stdout)).toMatchObject({
    schema: 'ops/deploy@2',
    ok: true,
    exit: 0,
    run: 'r-1',
    changes: true,
    plan: PLAN,
  });
  printed.stdout = '';
  const done = await carryOut(['--json', '--yes'], { results: ['reverted'] });
  expect(JSON.parse(done.stdout)).toMatchObject({
    ...{ schema: 'ops/deploy@2', ok: false, exit: 30, run: 'r-1', app: 'web', scope: { kind: 'app', app: 'web' } },
    hosts: [{ host: 'web1', result: 'reverted' }],
  });
  expect(done.exit).toBe(30);
});

test.each<[string, HostResult[], number, string[], number]>([
  ['with time left', ['lock-held', 'done'], 60_000, ['prepare', 'execute lock-held', 'close', 'prepare', 'execute done'], 0],
  ['without any', ['stale'], 0, ['prepare', 'execute stale'], 21],
  ['that has changed something', ['unproved'], 60_000, ['prepare', 'execute unproved'], 32],
])('who was overtaken, %s, plans again or says so', async (_, results, waitMs, log, exit) => {
  const ran = await carryOut(['--yes'], { results, waitMs });
  expect(ran.log.filter((each, at) => each !== 'close' || at < ran.log.lastIndexOf('execute done'))).toEqual(log);
  expect(ran.exit).toBe(exit);
});
