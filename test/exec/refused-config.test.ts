import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { classifyRemoteFailure } from '../../src/exec/classify.ts';
import { LocalRunner } from '../../src/exec/local.ts';
import type { Result } from '../../src/exec/runner.ts';

/** What the real ssh says of this configuration, before it connects to anything. */
async function refused(config: string, mode = 0o600, options: readonly string[] = []): Promise<{ file: string; result: Result }> {
  const dir = mkdtempSync(join(tmpdir(), 'ops-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'config');
  writeFileSync(file, config);
  chmodSync(file, mode);
  // As an included file it is looked at like the user's own.
  writeFileSync(join(dir, 'top'), `Include ${file}\n`);
  const args = ['-F', join(dir, 'top'), '-o', 'BatchMode=yes', ...options, '-p', '1', '127.0.0.1', 'true'];
  const result = await new LocalRunner().run({ program: 'ssh', environment: 'ssh', args, deadlineMs: 10_000, mutates: false });
  return { file, result };
}

test.each([
  ['a word that is none', 'Host *\n  IdentityFil ~/.ssh/id\n', 2, 'Bad configuration option: identityfil'],
  ['a value that is none', 'StdinNull maybe\n', 1, 'unsupported option "maybe".'],
  ['no value', '\n\nPort\n', 3, 'no argument after keyword "port"'],
  ['too much', 'User a b\n', 1, 'keyword user extra arguments at end of line'],
  ['a mistake that ends ssh where it is', 'Match exec "kill -9 $$"\n', 1, "match exec 'kill -9 $$' error"],
])('%s: the place is named', async (_, config, line, said) => {
  const { file, result } = await refused(config);
  const error = classifyRemoteFailure(result, 'web1');
  expect(error).toMatchObject({ code: 'ssh-config', exit: 'usage' });
  expect(error.message).toBe(`ssh does not accept your configuration: ${file}:${line} ${said}`);
  expect(error.hints).toEqual([`correct ${file}:${line}`, 'ssh -G web1   (shows whether ssh accepts it)']);
});

test('every place is named once, and what is harmless is not', async () => {
  const { file, result } = await refused('RhostsRSAAuthentication no\nOne 1\nTwo 2\n');
  const error = classifyRemoteFailure(result, 'web1');
  expect(error.message).toBe(`ssh does not accept your configuration: ${file}:2 Bad configuration option: one (and 1 more)`);
  expect(error.hints[0]).toBe(`correct ${file}:2, ${file}:3`);
  expect(error.problems).toHaveLength(2);
});

test('a variable that ops does not hand on to ssh: what to write instead', async () => {
  const { file, result } = await refused('IdentityAgent ${OPS_TEST_NOT_SET}/agent\n');
  const error = classifyRemoteFailure(result, 'web1');
  expect(error).toMatchObject({ code: 'ssh-config', problems: [{ at: `${file}:1` }] });
  expect(error.hints).toContain('write out what ${…} stands for: few variables are handed on to ssh');
});

test('a file that others may write to', async () => {
  const { file, result } = await refused('Host *\n', 0o666);
  const error = classifyRemoteFailure(result, 'web1');
  expect(error).toMatchObject({ code: 'ssh-config', exit: 'usage' });
  expect(error.message).toBe(`ssh does not read ${file}: others may write to it, or it is not yours`);
  expect(error.hints[0]).toContain(`chmod go-w ${file}`);
});

test('an option of ours that the ssh here does not know is no mistake of the person', async () => {
  const { result } = await refused('', 0o600, ['-o', 'NoSuchOption=1']);
  expect(classifyRemoteFailure(result, 'web1')).toMatchObject({ code: 'ssh-old', exit: 'failed' });
});

test.each<[string, Partial<Result>]>([
  ['a shell on the host', { stderr: '/home/deploy/.bashrc: line 5: motd: command not found\n' }],
  ['something on the host that runs ssh itself, once the host has spoken', { stdout: '@0 phase swap\n' }],
  ['a program that ended as it liked', { exit: 1 }],
])('%s is not taken for it', (_, differs) => {
  const stderr = '/x/config: line 1: Bad configuration option: one\n/x/config: terminating, 1 bad configuration options\n';
  const result: Result = { exit: 255, reason: 'exited', stdout: '', stderr, durationMs: 1, ...differs };
  expect(classifyRemoteFailure(result, 'web1')).toMatchObject({ code: 'outcome-unknown', exit: 'unknown' });
});
