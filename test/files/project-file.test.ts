import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBeginning, readGivenFile, readProjectFile } from '../../src/files/project-file.ts';

let root: string;
let outside: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'ops-files-'));
  root = join(outside, 'project');
  mkdirSync(join(root, 'deploy'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'PRIVATE KEY');
  writeFileSync(join(root, 'deploy', 'a'), 'text');
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

test('a regular file is read, all of it or its beginning', async () => {
  expect(String(await readProjectFile({ root, path: 'deploy/a' }, 4))).toBe('text');
  expect(String(await readBeginning({ root, path: 'deploy/a' }, 2))).toBe('te');
});

test.each<[string, () => void, string]>([
  ['a link', () => symlinkSync('../secret', join(root, 'x')), 'expected a file, found a link'],
  ['a link inside the project', () => symlinkSync('deploy/a', join(root, 'x')), 'expected a file, found a link'],
  ['a FIFO', () => execFileSync('mkfifo', [join(root, 'x')]), 'expected a file, found a device or a pipe'],
  ['a device', () => symlinkSync('/dev/zero', join(root, 'x')), 'expected a file, found a link'],
  ['a directory', () => mkdirSync(join(root, 'x')), 'expected a file, found a directory'],
  ['a large file', () => writeFileSync(join(root, 'x'), Buffer.alloc(1025)), 'expected at most 1 KB, found 2 KB'],
  ['nothing', () => {}, 'no such file'],
])('%s is not read, and none of it is told', async (_what, make, reason) => {
  make();
  const reading = readProjectFile({ root, path: 'x' }, 1024);
  await expect(reading).rejects.toMatchObject({ code: 'file-unreadable', exit: 'usage', reason });
  await expect(reading).rejects.toMatchObject({ message: `${join(root, 'x')}: ${reason}` });
});

test('a file behind a link on the way is not read, however the link is placed', async () => {
  symlinkSync('..', join(root, 'up'));
  symlinkSync('../..', join(root, 'deploy', 'up'));
  const reason = (at: string) => `expected a file, found a link on the way: ${at}`;
  await expect(readProjectFile({ root, path: 'up/secret' }, 99)).rejects.toMatchObject({ reason: reason('up') });
  await expect(readBeginning({ root, path: 'deploy/up/secret' }, 99)).rejects.toMatchObject({ reason: reason('deploy/up') });
});

test('how one gets to the project itself is free, and so is a file that a person named', async () => {
  symlinkSync('project', join(outside, 'link'));
  symlinkSync('../secret', join(root, 'x'));
  expect(String(await readProjectFile({ root: join(outside, 'link'), path: 'deploy/a' }, 99))).toBe('text');
  expect(String(await readGivenFile(join(root, 'x'), 99))).toBe('PRIVATE KEY');
  await expect(readGivenFile('/dev/zero', 99)).rejects.toMatchObject({ reason: 'expected a file, found a device or a pipe' });
});

test('a file of the kernel, which says that it is empty, ends at the limit as well', async () => {
  await expect(readGivenFile('/proc/kallsyms', 1024)).rejects.toMatchObject({ reason: 'expected at most 1 KB, found 2 KB' });
});
