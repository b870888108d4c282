import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose, enclose, readProgramFile } from '../../src/host/compose.ts';
import { encodeWord } from '../../src/host/words.ts';
import { scratch } from './support/scratch.ts';
import { NONCE, run, SHELLS, speak } from './support/shell.ts';

/** Text as people write it, and as an attacker would. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    `OPS-${NONCE}`,
    '$(touch owned)',
    '`touch owned`',
    "'; touch owned; '",
    '-n',
    '\\',
    '\\x41',
    '*',
    ' ',
    '  x  ',
    '@end',
    '\u0081\u0088',
  ),
);
const value = anyText.map(text => text.replace(/[\u0000-\u001f\u007f]/g, '')).filter(text => text.isWellFormed());
const blob = fc
  .array(
    anyText.map(text => text.replace(/[\u0000\n]/g, '')).filter(text => text.isWellFormed()),
    { maxLength: 8 },
  )
  .map(lines => lines.map(line => `${line}\n`).join(''));

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test('parameters and lists arrive exactly, whatever is in them', () => {
    const home = scratch();
    const body = `p_one='' p_list='' p_empty=''\nparams\nsay one "$p_one"\nsay empty "$p_empty"\nprintf '%s\\n' "$p_list" | say_lines list`;
    fc.assert(
      fc.property(
        value,
        fc.array(
          value.filter(text => text !== ''),
          { minLength: 1, maxLength: 5 },
        ),
        (one, list) => {
          const { answer, stderr } = speak(shell, ['core/lib'], body, home, { params: { one, list, empty: '' } });
          expect(stderr).toBe('');
          expect(answer?.get('one')).toBe(one);
          expect(answer?.get('empty')).toBe('');
          expect(answer?.all('list')).toEqual(list);
          expect(answer?.status).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
    expect(existsSync(join(home, 'owned'))).toBe(false);
  });

  test('blobs become files, byte for byte', () => {
    const home = scratch();
    fc.assert(
      fc.property(blob, blob, (first, second) => {
        const { answer } = speak(shell, ['core/lib'], 'params\nrm -rf "$HOME/b"; mkdir "$HOME/b"; blobs "$HOME/b"', home, {
          blobs: { first, 'unit.web@1.service': second, empty: '' },
        });
        expect(answer?.status).toBe(0);
        expect(readFileSync(join(home, 'b/first'), 'utf8')).toBe(first);
        expect(readFileSync(join(home, 'b/unit.web@1.service'), 'utf8')).toBe(second);
        expect(readFileSync(join(home, 'b/empty'), 'utf8')).toBe('');
      }),
      { numRuns: 40 },
    );
  });

  test('a stream that is cut off anywhere runs nothing', () => {
    const home = scratch();
    const text = enclose(`touch "$HOME/ran"\n${readProgramFile('core/lib')}params\n`, {
      nonce: NONCE,
      params: { one: 'a', list: ['b', 'c'] },
      blobs: { text: 'x\ny\n' },
    });
    // The last byte is only the newline behind the closing brace.
    const cuts = fc.sample(fc.integer({ min: 0, max: text.length - 2 }), { numRuns: 60, seed: 1 });
    const tail = Array.from({ length: 160 }, (_, index) => text.length - 2 - index);
    for (const cut of [...cuts, ...tail]) {
      run(shell, text.slice(0, cut), home);
      expect(
        existsSync(join(home, 'ran')),
        `cut after ${cut} of ${text.length} bytes: …${JSON.stringify(text.slice(cut - 20, cut))}`,
      ).toBe(false);
    }
    run(shell, text, home);
    expect(existsSync(join(home, 'ran'))).toBe(true);
  });

  test('a parameter of the environment is not taken for one of ours', () => {
    const home = scratch();
    const { answer } = speak(shell, ['core/lib'], 'params\nsay app "$p_app"', home);
    expect(answer?.get('app')).toBe('');
    const outside = run(
      shell,
      `p_app=outside; export p_app\n${enclose(`${readProgramFile('core/lib')}params\nsay app "$p_app"\n`, { nonce: NONCE, params: {} })}`,
      home,
    );
    expect(outside.answer?.get('app')).toBe('');
  });

  test('words of a spec line decode to what was encoded', () => {
    const home = scratch();
    const body = 'p_word=""\nparams\nfor encoded in $p_word; do word "$encoded"; say word "$decoded"; done';
    // Without NUL, which no argument can hold.
    const word = anyText.map(text => text.replaceAll('\0', '')).filter(text => text.isWellFormed());
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const { answer } = speak(shell, ['core/lib', 'deploy/probe'], body, home, {
          params: { word: words.map(encodeWord).join(' ') },
        });
        expect(answer?.all('word')).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  test('an answer of many lines keeps their order', () => {
    const home = scratch();
    const { answer } = speak(
      shell,
      ['core/lib'],
      `params\nfor i in 1 2 3; do say n $i; done\nprintf 'a\\tb\\\\\\033[31m' | say_lines raw\nexit 7`,
      home,
    );
    expect(answer?.all('n')).toEqual(['1', '2', '3']);
    expect(answer?.get('raw')).toBe('a\tb\\\u001b[31m');
    expect(answer?.status).toBe(7);
  });
});

describe('what compose refuses', () => {
  const base = { nonce: NONCE, params: {} };
  test.each([
    ['a newline in a parameter', { ...base, params: { path: 'a\nb' } }],
    ['an escape in a parameter', { ...base, params: { path: '\u001b' } }],
    ['a parameter name with a digit', { ...base, params: { p1: 'x' } }],
    ['an empty list item', { ...base, params: { unit: ['a', ''] } }],
    ['half a surrogate pair', { ...base, params: { path: '\ud800' } }],
    ['a blob without its last newline', { ...base, blobs: { env: 'A=1' } }],
    ['a blob with NUL', { ...base, blobs: { env: 'A\0\n' } }],
    ['a blob name that climbs', { ...base, blobs: { '../x': 'A\n' } }],
    ['a blob name with a slash', { ...base, blobs: { 'unit.a/b': 'A\n' } }],
    ['a short nonce', { ...base, nonce: 'abc' }],
  ])('%s', (_what, composition) => {
    expect(() => compose('stage', composition)).toThrow(expect.objectContaining({ code: 'bug' }));
  });
});
