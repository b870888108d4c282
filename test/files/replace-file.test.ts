import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replaceFile } from '../../src/files/replace-file.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ops-replace-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a file is replaced whole, a link by a file, and what the link led to stays', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'victim'), 'theirs');
  symlinkSync('victim', join(dir, 'a'));
  await replaceFile(join(dir, 'a'), ['one', ' two'], 0o600);
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('one two');
  expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, 'victim'), 'utf8')).toBe('theirs');
  expect(readdirSync(dir)).toEqual(['a', 'victim']);
});

test('nobody can guess the name that it is written under', async () => {
  const dir = folder();
  const names = new Set<string>();
  const watcher = watch(dir, (_event, name) => void (name?.startsWith('a.') && names.add(name)));
  for (let round = 0; round < 3; round++) await replaceFile(join(dir, 'a'), 'x', 0o600);
  await expect.poll(() => names.size).toBe(3);
  watcher.close();
  expect([...names].every(name => /^a\.[0-9a-f]{16}\.tmp$/.test(name))).toBe(true);
});

test('what cannot be put in its place leaves nothing behind', async () => {
  const dir = folder();
  mkdirSync(join(dir, 'a'));
  await expect(replaceFile(join(dir, 'a'), 'x', 0o600)).rejects.toMatchObject({ code: 'EISDIR' });
  expect(readdirSync(dir)).toEqual(['a']);
});
