import { expect, test } from 'vitest';
import { formatMs, plural } from '../src/format.ts';

test.each([
  [940, '0.9 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [72_000, '1 min 12 s'],
  [119_700, '2 min 0 s'],
  [3_599_700, '1 h 0 min'],
  [7_500_000, '2 h 5 min'],
])('%d ms is %s', (ms, words) => {
  expect(formatMs(ms)).toBe(words);
});

test.each([
  [0, '0 files'],
  [1, '1 file'],
  [999, '999 files'],
  [8_550, '8,550 files'],
  [1_234_567, '1,234,567 files'],
])('%i is told as %s', (count, text) => {
  expect(plural(count, 'file')).toBe(text);
});
