import { describe, expect, it } from 'vitest';
import { isAtLeast } from '../../src/exec/version.ts';

describe('isAtLeast', () => {
  it.each([
    ['3.1.0', '3.1.0', true],
    ['3.10', '3.9', true],
    ['3.0.9', '3.1.0', false],
    ['8.4', '8.5', false],
    ['10.0', '8.5', true],
    ['3.1', '3.1.0', true],
  ])('%s against %s', (version, floor, enough) => {
    expect(isAtLeast(version, floor)).toBe(enough);
  });
});
