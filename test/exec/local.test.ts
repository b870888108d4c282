import { expect, test } from 'vitest';
import { LocalRunner } from '../../src/exec/local.ts';
import type { LocalSpec, RunOptions } from '../../src/exec/runner.ts';

const runner = new LocalRunner();
const sh = (script: string, spec: Partial<LocalSpec> = {}, options: RunOptions = {}) =>
  runner.run(
    { program: '/bin/sh', environment: 'host', args: ['-c', script], deadlineMs: 10_000, mutates: false, ...spec },
    options,
  );

test('success and failure have one shape', async () => {
  expect(await sh('echo out; echo err >&2; exit 3')).toMatchObject({
    exit: 3,
    reason: 'exited',
    stdout: 'out\n',
    stderr: 'err\n',
  });
  expect(await sh('cat', { stdin: 'given' })).toMatchObject({ exit: 0, stdout: 'given' });
  expect(await sh('cat')).toMatchObject({ exit: 0, stdout: '' });
});

test('a program that is not there, one that is killed, and one that takes too long', async () => {
  expect(
    await runner.run({ program: 'no-such-program-here', environment: 'host', args: [], deadlineMs: 1_000, mutates: false }),
  ).toMatchObject({
    exit: null,
    reason: 'not-found',
  });
  expect(await sh('kill -9 $$')).toMatchObject({ exit: null, reason: 'signal' });
  expect(await sh('exec sleep 30', { deadlineMs: 200 })).toMatchObject({ exit: null, reason: 'deadline' });
});

test('a prompt without a newline ends the command at once', async () => {
  const result = await sh("printf 'password: ' >&2; exec sleep 30", {}, { stopWhen: line => line.startsWith('password') });
  expect(result.reason).toBe('stopped');
  expect(result.durationMs).toBeLessThan(5_000);
});

test('an aborted command is canceled, whatever it was doing', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  expect(await sh('exec sleep 30', {}, { signal: abort.signal })).toMatchObject({ reason: 'canceled' });
});

test('a program that ends before it has read its input is what it is: its exit counts', async () => {
  const stdin = 'x'.repeat(5_000_000);
  expect(await sh('exit 3', { stdin })).toMatchObject({ exit: 3, reason: 'exited' });
  expect(await sh('head -c 3', { stdin })).toMatchObject({ exit: 0, stdout: 'xxx' });
  expect(await sh('wc -c', { stdin })).toMatchObject({ exit: 0, stdout: '5000000\n' });
  expect(await sh('kill -9 $$', { stdin })).toMatchObject({ exit: null, reason: 'signal' });
});

test('what is read line by line is not kept, and is read to its end even when nobody listens', async () => {
  const lines: string[] = [];
  const options = { onLine: (line: string) => lines.push(line) };
  expect(await sh('echo out; echo err >&2', { stdoutByLine: true }, options)).toMatchObject({ stdout: '', stderr: 'err\n' });
  expect(lines.sort()).toEqual(['err', 'out']);
  expect(await sh('head -c 1000000 /dev/zero; exit 4', { stdoutByLine: true })).toMatchObject({ exit: 4, stdout: '' });
});

test('lines arrive whole, also when a character is cut in two', async () => {
  const lines: string[] = [];
  await sh(`printf 'caf\\303'; sleep 0.1; printf '\\251\\nlast'`, {}, { onLine: line => lines.push(line) });
  expect(lines).toEqual(['café', 'last']);
});

test.each([
  ['a line without an end', 'tr "\\0" x </dev/zero'],
  ['complaints without an end', 'yes >&2'],
])('%s is listened to for a while only', async (_what, script) => {
  const result = await sh(script, { stdoutByLine: true }, { onLine: () => undefined });
  expect(result.reason).toBe('too-much');
  expect(result.stderr.length).toBeLessThan(2_000_000);
});

test('what overwrites itself with carriage returns arrives piece by piece, while it runs', async () => {
  const lines: string[] = [];
  const abort = new AbortController();
  const options = { signal: abort.signal, onLine: (line: string) => lines.push(line) };
  const running = sh(`printf '  10%%\\r  20%%\\r'; sleep 0.1; printf '\\n  30%%\\r  40'; exec sleep 30`, {}, options);
  await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['  10%', '  20%', '  30%']);
  abort.abort();
  expect((await running).reason).toBe('canceled');
});

test('arguments reach the program as they are: no shell in between', async () => {
  const result = await runner.run({
    program: 'printf',
    environment: 'host',
    args: ['%s|', '$HOME', '`id`', 'a b'],
    deadlineMs: 1_000,
    mutates: false,
  });
  expect(result.stdout).toBe('$HOME|`id`|a b|');
});
