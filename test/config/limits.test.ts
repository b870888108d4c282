import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.ts';
import { parseYaml } from '../../src/config/load.ts';
import { OpsError } from '../../src/errors.ts';
import { folder, load, refusal } from './in-folder.ts';

const FULL = 256 * 1024;
const fill = (text: string) => text.repeat(Math.floor(FULL / text.length));
const HEAD = 'version: 1\ntailnet: t.ts.net\nhosts: {w: }\napps: {a: {hosts: w, ';
const list = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join(', ');

/** Each once cost a parser its stack, its memory or a minute. */
const HOSTILE: [string, string][] = [
  ['10 KB of [', '['.repeat(10 * 1024)],
  ['256 KB of [', fill('[')],
  ['256 KB of {', fill('{')],
  ['256 KB of - ', fill('- ')],
  ['256 KB of ? ', fill('? ')],
  ['256 KB of ]', fill(']')],
  ['256 KB of {a: ', fill('{a: ')],
  ['256 KB of &a ', fill('&a ')],
  ['256 KB of *a ', fill('*a ')],
  ['256 KB of !a ', fill('!a ')],
  ['256 KB of documents', fill('---\n')],
  ['256 KB of bad escapes', `"${fill('\\x').slice(2)}"`],
  ['256 KB of short lines', fill('a:\n')],
  [
    'a billion laughs',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map(([from, to]) => `${to}: &${to} [${list(9, () => `*${from}`)}]`).join('\n')}`,
  ],
  ['an alias of itself', '&a [*a, *a, *a]'],
  ['duplicate keys, thousands of times', `${HEAD}env: {${list(9000, () => 'A: 1')}}}}`],
  ['thousands of unknown keys', list(3000, index => `k${index}: 1`).replaceAll(', ', '\n')],
  ['many shared paths', `${HEAD}shared: [${list(1900, index => `p${index}`)}]}}`],
  ['nearly two thousand services', `${HEAD}services: {${list(1900, index => `s${index}: `)}}}}`],
  [
    'hundreds of apps',
    `version: 1\ntailnet: t.ts.net\nhosts: {w: }\napps:\n${list(600, index => ` a${index}: {hosts: w}`).replaceAll(', ', '\n')}`,
  ],
  ['a path of 200 KB', `${HEAD}path: "${'/a'.repeat(100_000)}"}}`],
];

/** What loading ends in, and the processor time it took in milliseconds: wall time would measure the neighbours too. */
async function timed(root: string): Promise<[unknown, number]> {
  const start = process.cpuUsage();
  const outcome = await load(root).catch((error: unknown) => error);
  const { user, system } = process.cpuUsage(start);
  return [outcome, (user + system) / 1000];
}

beforeAll(async () => {
  await loadConfig({ cwd: '/', env: {}, home: '/', file: 'none' }).catch(() => 'loads the libraries');
});

describe('limits', () => {
  it.each(HOSTILE)('%s is refused or read within a second', async (_, text) => {
    const root = await folder({ 'ops.yaml': text });
    const [outcome, ms] = await timed(root);
    expect(ms).toBeLessThan(1_000);
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(OpsError);
      expect(outcome).toMatchObject({ exit: 'usage', code: 'config-invalid' });
    }
  });

  it.each([
    ['10 KB of [', '['.repeat(10 * 1024), 'ops.yaml:1:17', 'nested too deeply: expected at most 16 levels'],
    ['too many lines', '#\n'.repeat(30_000), 'ops.yaml:20001:2', 'too long: expected a file of a few hundred lines'],
    ['an alias of itself', '&a [*a, *a]', 'ops.yaml:1:4', 'too many values: expected at most 2000, 16 deep, aliases unfolded'],
    [
      'an alias used too often',
      `a: &a [1]\nb: [${list(3000, () => '*a')}]`,
      'ops.yaml:2:2665',
      'too many values: expected at most 2000, 16 deep, aliases unfolded',
    ],
  ])('names the limit: %s', async (_, text, at, message) => {
    const error = await refusal(await folder({ 'ops.yaml': text }));
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({ at, message });
  });

  it('leaves the depth of stack traces as it found it', () => {
    const before = Error.stackTraceLimit;
    parseYaml('"\\x');
    expect(Error.stackTraceLimit).toBe(before);
  });
});

const REFERENCE = await readFile(new URL('../../examples/reference.ops.yaml', import.meta.url), 'utf8');
const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ': ',
  '- ',
  '? ',
  ', ',
  '\n',
  '  ',
  '&a',
  '*a',
  '<<',
  '__proto__',
  '!!set',
  '"',
  "'",
  '|',
  '>',
  '#',
  '%',
  '---',
  '...',
  '~',
  '\t',
  '\0',
  '\u202e',
  '-1',
  '1e999',
  '.nan',
  'null',
  '../',
  '$(id)',
];

/** The reference with a few places cut, doubled or sprinkled with YAML's own marks: deep enough to reach every rule. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat(REFERENCE.length),
      cut: fc.nat(20),
      put: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 8, unit: 'binary' })),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map(edits => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), REFERENCE));
const soup = fc
  .array(fc.constantFrom(...TOKENS, 'version: 1', 'hosts', 'apps', 'web1'), { maxLength: 60 })
  .map(parts => parts.join(''));
const known = [
  'version',
  'tailnet',
  'hosts',
  'apps',
  'defaults',
  'checks',
  'web',
  'user',
  'probes',
  'services',
  'source',
  'shared',
  'env',
  'run',
  'unit',
  'http',
  'tcp',
  'disk',
  'constructor',
  'local',
];
/** Well-formed, with the right words in the wrong places. */
const misplaced = fc
  .letrec(tie => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(1, 'web', null, true, -1, '', 'a/..', '127.0.0.1:1'),
      fc.dictionary(fc.constantFrom(...known), tie('node')),
      fc.array(tie('node'), { maxLength: 4 }),
    ),
  }))
  .node.map(node => JSON.stringify(node));

describe('whatever the bytes', () => {
  const ends = async (contents: string | Uint8Array) => {
    const root = await folder({ 'ops.yaml': contents });
    const [outcome, ms] = await timed(root);
    expect(ms).toBeLessThan(1_000);
    if (!(outcome instanceof Error)) return;
    expect(outcome).toBeInstanceOf(OpsError);
    const { exit, problems } = outcome as OpsError;
    expect(exit).toBe('usage');
    expect(problems.length).toBeGreaterThan(0);
    for (const { at, key = '', message } of problems) {
      expect(at).toMatch(/^ops\.yaml:\d+:\d+$/);
      expect(`${key}${message}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  };

  it('a message that names what the file has names it printable', async () => {
    await ends('version: 1\ntailnet: t.ts.net\nhosts: { "\u202eweb1": {} }\napps: { web: { hosts: web2 } }\n');
  });

  it.each([
    ['bytes', fc.uint8Array({ maxLength: 400 })],
    ['a mutated reference', mutated],
    ['YAML marks in any order', soup],
    ['the right words in the wrong places', misplaced],
  ])('%s end as a config or as problems with a place, in well under a second', async (_, contents) => {
    await fc.assert(fc.asyncProperty(contents as fc.Arbitrary<string | Uint8Array>, ends), { numRuns: 500 });
  });
});
