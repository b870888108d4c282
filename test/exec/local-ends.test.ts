import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { LocalRunner } from '../../src/exec/local.ts';
import type { LocalSpec, RunOptions } from '../../src/exec/runner.ts';

const runner = new LocalRunner();
const folder = mkdtempSync(join(tmpdir(), 'ends-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sh = (script: string, spec: Partial<LocalSpec> = {}, options: RunOptions = {}) =>
  runner.run(
    { program: '/bin/sh', environment: 'host', args: ['-c', script], deadlineMs: 300, mutates: false, ...spec },
    options,
  );
const isAlive = (pid: number) => {
  try {
    // A zombie that nobody has waited for is not alive.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

/** A process that no signal to our group finds. */
function endStranger(said: string): void {
  expect(said).toMatch(/^[1-9]\d+\n$/);
  process.kill(Number(said), 'SIGKILL');
}

describe('an end does not depend on who else holds the pipes', () => {
  const HOLDERS = [
    ['a grandchild', 'sleep 60 & echo $!; exec sleep 60'],
    ['a grandchild that ignores SIGTERM', '(trap "" TERM; exec sleep 60) & echo $!; exec sleep 60'],
    ['a program that ignores SIGTERM, and its child', 'trap "" TERM; sleep 60 & echo $!; while :; do sleep 60; done'],
  ] as const;

  test.each(HOLDERS)('%s: the deadline holds, what was said is there, and nobody is left', async (_who, script) => {
    const result = await sh(script);
    expect(result).toMatchObject({ exit: null, reason: 'deadline', stdout: expect.stringMatching(/^\d+\n$/) });
    expect(result.durationMs).toBeLessThan(3_000);
    await expect.poll(() => isAlive(Number(result.stdout))).toBe(false);
  });

  test('a program of a session of its own, which no signal of ours finds: it is left, and the result is there', async () => {
    const result = await sh('setsid sleep 60 & echo $!; exec sleep 60');
    endStranger(result.stdout);
    expect(result).toMatchObject({ reason: 'deadline' });
    expect(result.durationMs).toBeLessThan(3_000);
  });

  test('a program that has ended is over, and its exit counts', async () => {
    const result = await sh('setsid sleep 60 & echo $!; exit 3', { deadlineMs: 60_000 });
    endStranger(result.stdout);
    expect(result).toMatchObject({ exit: 3, reason: 'exited' });
    expect(result.durationMs).toBeLessThan(3_000);
  });

  test('an interruption', async () => {
    const abort = new AbortController();
    const running = sh('trap "" TERM; setsid sleep 60 & echo $!; while :; do sleep 60; done', { deadlineMs: 60_000 }, abort);
    setTimeout(() => abort.abort(), 200);
    const result = await running;
    endStranger(result.stdout);
    expect(result).toMatchObject({ reason: 'canceled' });
    expect(result.durationMs).toBeLessThan(3_000);
  });

  test('what still comes through the pipe of a program that has ended is read', async () => {
    const result = await sh('(for i in 1 2 3 4; do sleep 0.3; echo $i; done) & exit 0', { deadlineMs: 60_000 });
    expect(result).toMatchObject({ exit: 0, stdout: '1\n2\n3\n4\n' });
  });
});

test('nothing is lost where everything stood still after a program had ended', async () => {
  const running = sh("(sleep 0.3; printf '%60000s'; sleep 3) & exit 0", { deadlineMs: 60_000 });
  await sleep(100);
  // Timers come next, and only then what has arrived.
  await new Promise(setImmediate);
  const until = performance.now() + 1_500;
  while (performance.now() < until);
  expect((await running).stdout).toHaveLength(60_000);
});

test('what runs ends with us, also where we leave in the middle of it', async () => {
  const script = `
    import { LocalRunner } from ${JSON.stringify(new URL('../../src/exec/local.ts', import.meta.url).href)};
    void new LocalRunner().run(
      { program: '/bin/sh', environment: 'host', args: ['-c', 'trap "" TERM; sleep 60 & echo $! $$; wait; wait'], deadlineMs: 60000, mutates: false },
      { onLine: line => { console.log(line); process.exit(130); } },
    );`;
  const leaving = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  leaving.stdout.on('data', chunk => {
    said += chunk;
  });
  expect(await once(leaving, 'close')).toEqual([130, null]);
  const pids = said.trim().split(' ').map(Number);
  expect(pids).toEqual([expect.any(Number), expect.any(Number)]);
  for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false);
});
