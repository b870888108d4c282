import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/host/compose.ts';
import { PROGRAM_FILES, type ProgramName } from '../../src/host/programs.ts';
import { NONCE, need, SHELLS } from './support/shell.ts';

const FOLDER = new URL('../../src/host/programs/', import.meta.url);
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.sh'));
const NAMES = Object.keys(PROGRAM_FILES) as ProgramName[];

describe.each(NAMES)('the program %s', name => {
  const text = compose(name, { nonce: NONCE, params: {} });

  test('is clean for shellcheck', () => {
    // 2015: `a && b || refuse` is how our steps read, and refuse never returns. 2034: no program uses all of its shared parts.
    // 2317: functions that are passed by name.
    const done = spawnSync(need('shellcheck', 'shellcheck'), ['-s', 'sh', '-e', 'SC2015,SC2034,SC2317', '-f', 'gcc', '-'], {
      input: text,
      encoding: 'utf8',
    });
    expect(done.stdout).toBe('');
    // Of the longest program it takes seconds, and many where others keep the processors busy.
  }, 120_000);

  test.each(Object.keys(SHELLS))('is grammar for %s', shell => {
    const [program, ...args] = SHELLS[shell]!();
    const done = spawnSync(program!, [...args, '-n'], { input: text, encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
  });
});

test('every file belongs to a program, and stays small', () => {
  const used = new Set<string>([...Object.values(PROGRAM_FILES).flat(), 'core/login'].map(part => `${part}.sh`));
  expect(FILES.filter(file => !used.has(file))).toEqual([]);
  const long = FILES.filter(file => readFileSync(new URL(file, FOLDER), 'utf8').split('\n').length > 300);
  expect(long).toEqual([]);
});

test('no program gives away, or goes through, what a link leads to', () => {
  const commands = FILES.flatMap(file =>
    readFileSync(new URL(file, FOLDER), 'utf8')
      .replace(/^\s*#.*$/gm, '')
      .split('\n')
      .flatMap(line => line.match(/\b(chown|ln) -?[^|;&]*/g) ?? []),
  );
  expect(commands.length).toBeGreaterThan(4);
  // ln without -T or -n makes its link inside a folder that a link of that name leads to.
  const safe = /^(chown -h |ln -s[fn]*[Tn] |ln -sfn)/;
  expect(commands.filter(command => !safe.test(command))).toEqual([]);
});

test('no program uses what hosts need not have', () => {
  const absent = /(^|[|;&(]\s*)(jq|python3?|perl|node|gawk|nc|which|bash|local|declare|source)\s/m;
  const users = FILES.filter(file => absent.test(readFileSync(new URL(file, FOLDER), 'utf8').replace(/^\s*#.*$/gm, '')));
  expect(users).toEqual([]);
});
