import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTimes, slowestFiles } from '../../scripts/file-times.ts';

test('the slowest files come first, no more than asked for, those that took the same by name', () => {
  const times = [
    { path: 'test/quick.test.ts', ms: 12 },
    { path: 'test/b.test.ts', ms: 1_250 },
    { path: 'test/lab/slow.test.ts', ms: 123_456 },
    { path: 'test/a.test.ts', ms: 1_250 },
  ];
  expect(slowestFiles(times, 3)).toEqual([
    '   123.5 s  test/lab/slow.test.ts',
    '     1.3 s  test/a.test.ts',
    '     1.3 s  test/b.test.ts',
  ]);
  expect(slowestFiles(times, 10)).toHaveLength(4);
  expect(slowestFiles([], 10)).toEqual([]);
});

test('a vitest that ended before it wrote its times has none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-times-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'times.json');
  expect(readTimes(file)).toEqual([]);
  writeFileSync(file, '[{"path":"test/a.test.ts","ms":3}]');
  expect(readTimes(file)).toEqual([{ path: 'test/a.test.ts', ms: 3 }]);
});
