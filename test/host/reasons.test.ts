import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/host/compose.ts';
import { scratch } from './support/scratch.ts';
import { NONCE, run, SHELLS, speak } from './support/shell.ts';

const FOLDER = new URL('../../src/host/programs/', import.meta.url);
const TEXTS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.sh'))
  .flatMap(file =>
    readFileSync(new URL(file, FOLDER), 'utf8')
      .replace(/^\s*#.*$/gm, '')
      .split('\n'),
  );

test('whatever says that something cannot be done says why', () => {
  const told = TEXTS.flatMap(line => line.match(/["=]cannot [^"]*"/g) ?? []);
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter(text => !/\$(reason|said)|\$\{said/.test(text))).toEqual([]);
});

test('whoever is told to look into a journal is told whose', () => {
  const told = TEXTS.filter(line => /(: |`)journalctl /.test(line));
  expect(told.length).toBeGreaterThan(1);
  expect(told.filter(line => !line.includes('${journal:+$journal }'))).toEqual([]);
});

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test.each([
    ['a program', 'mkdir "$HOME/a/b"', ': No such file or directory'],
    ['a file that cannot be opened', 'write /dev/null/x </dev/null', /^: \S.+/],
    ['a disk that is full, behind a pipe', 'full() { echo x | write /dev/full; }; try full', ': No space left on device'],
    ['awk', `full() { echo x | awk '{ print > "/dev/full" }'; }; try full`, ': No space left on device'],
    ['a step of several lines', 'two() { ls /no/1 /no/2; }; try two', ': No such file or directory'],
    ['one that says nothing', 'false', ''],
    ['one that went well, though it warned', 'well() { echo careful >&2; }; try well', ''],
  ])('the reason of %s', (what, step, reason) => {
    if (what === 'awk' && shell !== 'dash') return;
    const body = `params\nreason=old\n${step.includes('try') ? step : `try ${step}`}\nsay reason "$reason"`;
    const { answer } = speak(shell, ['core/lib'], body, scratch());
    if (typeof reason === 'string') expect(answer?.get('reason')).toBe(reason);
    else expect(answer?.get('reason')).toMatch(reason);
  });

  test('what cannot be prepared for an upload is told with its path and the reason', () => {
    const home = scratch();
    const stage = (params: object) => {
      const common = {
        privilege: 'none',
        app: 'web',
        path: join(home, 'srv'),
        run: 'r-1',
        user: 'app',
        digest: 'd',
        release: 'R',
      };
      return run(shell, compose('stage', { nonce: NONCE, params: { ...common, ...params }, blobs: { add: '', drop: '' } }), home)
        .answer;
    };
    writeFileSync(join(home, 'file'), '');
    expect(stage({ path: join(home, 'file/srv') })?.get('detail')).toBe(`cannot make ${home}/file/srv: Not a directory`);
    const apps = join(home, '.local/state/ops/apps');
    mkdirSync(join(apps, 'full/runs/r-1'), { recursive: true });
    symlinkSync('/dev/full', join(apps, 'full/runs/r-1/intent'));
    expect(stage({ app: 'full', path: join(home, 'other') })?.get('detail')).toBe(
      `cannot write ${apps}/full/runs/r-1: No space left on device`,
    );
  });

  test('what a run could not begin with is told by whoever started it', () => {
    const home = scratch();
    const folder = join(home, '.local/state/ops/apps/web/runs/r-1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'data'), 'no folder');
    writeFileSync(join(folder, 'record.tmp'), ' '.repeat(200));
    const params = { privilege: 'none', app: 'web', path: join(home, 'srv'), run: 'r-1', mode: 'prune' };
    run(shell, compose('deploy', { nonce: NONCE, params }), home);
    const [said] = readFileSync(join(folder, 'record.tmp'), 'utf8').split('\n');
    expect(said).toBe(`reason cannot write ${folder}: File exists`);
  });
});
