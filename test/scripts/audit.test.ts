import { expect, test } from 'vitest';
import { judgeAudit } from '../../scripts/audit.ts';
import { bundledPackages } from '../../scripts/bundle.ts';

const bundled = [{ name: 'yaml', version: '2.9.1', license: 'ISC' }];
const advisory = { title: 'it never ends', url: 'https://advisories.example/1' };
const answer = (name: string) => JSON.stringify({ vulnerabilities: { [name]: { severity: 'high', via: [advisory, 'other'] } } });

test('an advisory for what is shipped fails, and names it', () => {
  const { tally, output } = judgeAudit(answer('yaml'), bundled);
  expect(tally.failed).toBe(1);
  expect(output).toBe('yaml 2.9.1: high, it never ends https://advisories.example/1; by other');
});

test.each(['vitest', '__proto__', 'toString'])('one for %s, which is not shipped, does not', name => {
  expect(judgeAudit(answer(name), bundled).tally).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test.each(['', 'npm warn\n{"message":"405 Method Not Allowed"}', '{'])('no answer is no verdict: %j', output => {
  const { tally, note } = judgeAudit(output, bundled);
  expect(tally).toEqual({ passed: 0, failed: 0, skipped: 0 });
  expect(note).toMatch(/^the registry was not asked: (405 Method Not Allowed|npm audit gave no answer)$/);
});

test('what is shipped is known by name, version and license', async () => {
  const names = (await bundledPackages()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['@oclif/core', 'chalk', 'execa', 'listr2', 'yaml', 'zod']));
  expect(names).not.toContain('vitest');
  for (const { version, license } of await bundledPackages())
    expect([version, license]).toEqual([expect.stringMatching(/^\d/), expect.any(String)]);
});
