import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCommandLine } from '../../../src/config/sections/apps/command-line.ts';
import { generatedUnit } from '../../../src/deploy/release/units.ts';
import { appConfig } from '../../support/app-config.ts';
import { readBySystemd } from '../../support/systemd.ts';

const unitOf = (run: string, unit = 'web.service') => generatedUnit(appConfig(), { kind: 'run', unit, run, user: 'web' }, 'sudo');
const execStart = (run: string) => /^ExecStart=([^\n]*)$/m.exec(unitOf(run))![1]!;

test.each([
  ['node server.js', 'node server.js'],
  ['./bin/serve --port=3000', '/srv/web/current/bin/serve --port=3000'],
  ['"./my serve" now', '"/srv/web/current/my serve" now'],
  ["sh -c 'exec ./a > b'", 'sh -c "exec ./a > b"'],
  ['log --as +%Y-%m-%d 100%', 'log --as +%%Y-%%m-%%d 100%%'],
  ['serve $PORT ${HOST}:$$', 'serve $PORT ${HOST}:$$'],
  [String.raw`grep '\d' a\x41 "it's \"so\"" \;`, String.raw`grep "\\d" aA "it's \"so\"" ";"`],
  [String.raw`printf 'a\nb' ""`, String.raw`printf "a\x0ab" ""`],
])('%s is written as %s', (run, written) => {
  expect(execStart(run)).toBe(written);
});

test.each([
  [String.raw`a b'c d'"e" \' \" '\'' "\""`, ['a', 'bc de', "'", '"', "'", '"']],
  [
    String.raw`a \x41\102\u00e9\U0001f600 \q \x00 \ud800`,
    ['a', 'AB\u00e9\u{1f600}', String.raw`\q`, String.raw`\x00`, String.raw`\ud800`],
  ],
  [String.raw`a \\x41 "\\"`, ['a', String.raw`\x41`, '\\']],
])('%s is split as systemd does', (line, words) => {
  expect(readCommandLine(line)).toEqual({ words: words.map(text => expect.objectContaining({ text })), flaw: null });
});

const HOSTILE = [
  '+',
  '!',
  '-',
  '@',
  ':',
  '|',
  '\\',
  '\\\n',
  '"',
  "'",
  ';',
  '%',
  '%%n',
  '$$',
  '${A}',
  '#',
  ' ',
  '\n',
  '[Service]',
  'User=root',
  'ExecStart=/bin/x',
  '\u00e9',
  '\u2028',
];
const word = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE, 'a', '/b'), { maxLength: 6 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
/** systemd takes a line with one of these for no UTF-8, and the unit for none that can be started. */
const NO_TEXT = /[\0\p{Cs}\p{Noncharacter_Code_Point}]/gu;
/** As a person could write it: bare where that holds, or in either kind of quotes. */
const written = fc.record({ word, quote: fc.constantFrom('"', "'") }).map(({ word, quote }) => {
  const text = word.replaceAll(NO_TEXT, '');
  const escaped = text
    .replaceAll(/[\\"']/g, '\\$&')
    .replaceAll(/[\u0001-\u001f\u007f]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return { text, line: /^[\w/+.-]+$/.test(text) ? text : `${quote}${escaped}${quote}` };
});
const lineOfWords = fc.array(written, { maxLength: 6 }).map(rest => ({
  argv: ['/bin/serve', ...rest.map(({ text }) => text)],
  run: ['/bin/serve', ...rest.map(({ line }) => line)].join(' '),
}));

test('whatever its words are, a unit has one command, and our account', () => {
  fc.assert(
    fc.property(lineOfWords, ({ run, argv }) => {
      const { words, flaw } = readCommandLine(run);
      expect(flaw).toBeNull();
      expect(words.map(({ text }) => text)).toEqual(argv);
      const lines = unitOf(run).split('\n');
      expect(lines).toHaveLength(unitOf('x').split('\n').length);
      expect(lines.filter(line => /^(?:User|Exec\w*)=/.test(line))).toEqual(['User=web', `ExecStart=${execStart(run)}`]);
      expect(lines.filter(line => line.endsWith('\\'))).toEqual([]);
      // What is written is read as the same again, and has nothing that systemd would fill in but variables.
      expect(readCommandLine(execStart(run)).words.map(({ text }) => text.replaceAll('%%', '%'))).toEqual(argv);
    }),
    { numRuns: 1000 },
  );
});

const rawLine = fc
  .array(
    fc.constantFrom('a', "b'", '"', "'", '\\', ' ', '\\n', '\\q', '\\;', ';', '\\x41', '\\u00e9', '\\101', '+', '\u00a0', '$A'),
    {
      maxLength: 12,
    },
  )
  .map(parts => `/bin/serve ${parts.join('')}`.trim());

test('systemd itself reads these very words', () => {
  const lines = fc.sample(lineOfWords, { numRuns: 300, seed: 20261129 });
  const raw = fc.sample(rawLine, { numRuns: 1000, seed: 20261129 }).map(line => ({ line, ...readCommandLine(line) }));
  const plain = raw.filter(({ flaw, words }) => flaw === null && !words.some(word => word.plain && word.text === ';'));
  const read = readBySystemd({
    ...Object.fromEntries(lines.map(({ run }, index) => [`ours-${index}.service`, unitOf(run)])),
    ...Object.fromEntries(plain.map(({ line }, index) => [`raw-${index}.service`, `[Service]\nUser=web\nExecStart=${line}\n`])),
  });
  for (const [index, { argv }] of lines.entries())
    expect(read.get(`ours-${index}.service`)).toEqual({ user: 'web', commands: [argv] });
  expect(plain.length).toBeGreaterThan(300);
  for (const [index, { words }] of plain.entries())
    expect(read.get(`raw-${index}.service`)).toEqual({ user: 'web', commands: [words.map(({ text }) => text)] });
});
