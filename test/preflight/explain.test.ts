import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPLAINERS, explain, explainedCodes } from '../../src/command/explain.ts';
import { CHECKS } from '../../src/preflight/checks/index.ts';
import { thrown } from '../tailnet/nodes.ts';

const SOURCE = new URL('../../src/', import.meta.url);
/** Where a code is given: an error, a finding, a problem of a host, a literal `code:`, or a program on the host. */
const GIVEN = [
  /new OpsError\(\s*'([a-z-]+)'/g,
  /\b(?:fail|warn|unknown|problem)\(\s*'([a-z-]+)'/g,
  /\bcode: '([a-z-]+)'/g,
  /\bfailure\(\s*'([a-z-]+)'/g,
  /(?<!#.*)\b(?:refuse|because|trouble) ([a-z]+-[a-z-]+) /g,
  /(?<!#.*)\bfinish (?:refused|stale|verification-failed|rolled-back) ([a-z][a-z-]+) /g,
];
/** Codes that say nothing a person could act on, and the skeletons of codes put together from a DialFailure. */
const SILENT = new Set(['ok', 'skipped', 'path-self']);
const DIAL_FAILURES = ['refused', 'timeout', 'unreachable', 'turned-away'].map(failure => `ssh-${failure}`);

function sourceFiles(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(file => /\.(ts|sh)$/.test(file));
}

function codesInSource(): string[] {
  return sourceFiles().flatMap(file => {
    const text = readFileSync(new URL(file, SOURCE), 'utf8');
    return GIVEN.flatMap(pattern => [...text.matchAll(pattern)].map(match => match[1]!));
  });
}

describe('explain', () => {
  const codes = [...new Set([...codesInSource(), ...DIAL_FAILURES])].filter(code => !SILENT.has(code)).sort();

  it('finds the codes that are given in the source', () => {
    expect(codes).toEqual(
      expect.arrayContaining([
        'unit-crash-loop',
        'facts-changed',
        'peer-unknown',
        'pin-missing',
        'disk-full',
        'unit-missing',
        'ssh-policy',
        'path-no-reply',
      ]),
    );
  });

  it.each(codes)('knows %s', code => {
    expect(explain(code).length).toBeGreaterThan(40);
  });

  it('explains nothing that is never given', () => {
    const elsewhere = sourceFiles()
      .filter(file => !file.endsWith('explanations.ts'))
      // What a check declares beside it says only that it could give it.
      .map(file => readFileSync(new URL(file, SOURCE), 'utf8').replace(/^ {2}codes: \{\n.*?^ {2}\},\n/ms, ''))
      .join('\n');
    const given = (code: string) => new RegExp(`(?<![a-z-])${code}(?![a-z-])`).test(elsewhere);
    expect(explainedCodes().filter(code => !DIAL_FAILURES.includes(code) && !given(code))).toEqual([]);
  });

  it('explains each code once', () => {
    const all = EXPLAINERS.flatMap(Object.keys);
    expect(all.filter((code, at) => all.indexOf(code) !== at)).toEqual([]);
  });

  it.each(CHECKS.map(check => [check.id, check] as const))('has what the check %s gives beside it', (id, { codes: declared }) => {
    const text = readFileSync(new URL(`preflight/checks/${id}.ts`, SOURCE), 'utf8');
    const own = GIVEN.flatMap(pattern => [...text.matchAll(pattern)].map(match => match[1]!));
    expect(own.filter(code => !SILENT.has(code) && !Object.hasOwn(declared, code))).toEqual([]);
  });

  it('says two or three sentences, never more than five', () => {
    for (const code of explainedCodes()) {
      const sentences = explain(code)
        .split(/[.?](?:\s|$)/)
        .filter(Boolean).length;
      expect(sentences, code).toBeLessThanOrEqual(5);
    }
  });

  it('offers the nearest codes for one that it does not know', () => {
    const error = thrown(() => explain('peer-unknwon'));
    expect(error.code).toBe('code-unknown');
    expect(error.hints).toContain('ops explain peer-unknown');
  });
});
