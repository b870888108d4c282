import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/host/answer.ts';
import { runProgram } from '../../src/host/host.ts';
import { scratch } from './support/scratch.ts';
import { LocalHost, SHELLS, speak } from './support/shell.ts';

type Entry = { text: string; mode?: number } | { link: string } | 'folder';
type Tree = Record<string, Entry>;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const lines = (list: readonly string[]) => list.map(line => `${line}\n`).join('');
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function manifest(tree: Tree): string[] {
  return Object.entries(tree)
    .map(([path, entry]) => {
      if (entry === 'folder') return `d\t755\t-\t${path}`;
      if ('link' in entry) return `l\t-\t${entry.link}\t${path}`;
      return `f\t${(entry.mode ?? 0o644).toString(8)}\t${sha256(entry.text)}\t${path}`;
    })
    .sort(bytewise);
}

function write(dir: string, tree: Tree): void {
  for (const [path, entry] of Object.entries(tree)) {
    const at = join(dir, path);
    if (entry === 'folder') mkdirSync(at, { recursive: true });
    else if ('link' in entry) symlinkSync(entry.link, at);
    else {
      // As rsync writes: a new file under the name, never into the old one.
      writeFileSync(`${at}.new`, entry.text);
      chmodSync(`${at}.new`, entry.mode ?? 0o644);
      renameSync(`${at}.new`, at);
    }
  }
}

const TREE: Tree = {
  lib: 'folder',
  'lib/a b': 'folder',
  'lib/a b/c.txt': { text: 'c' },
  "lib/it's $(odd)": { text: 'odd' },
  'lib/link': { link: 'a b/c.txt' },
  run: { text: '#!/bin/sh\n', mode: 0o755 },
  'ünïcode ✓': { text: '✓' },
};

describe.each(Object.keys(SHELLS))('verify_tree under %s', shell => {
  function verify(spoil: (dir: string) => void, tree = TREE, before = ':') {
    const home = scratch();
    const dir = join(home, 'tree');
    mkdirSync(dir);
    write(dir, tree);
    spoil(dir);
    const body = `params\nseams\nrun_dir=$HOME\nblobs "$HOME"\n${before}\nif verify_tree "$HOME/tree" "$HOME/manifest"; then say ok 1; else say why "$why"; fi`;
    const { answer } = speak(shell, ['core/lib', 'deploy/tree'], body, home, {
      params: { privilege: 'root' },
      blobs: { manifest: lines(manifest(tree)) },
    });
    return answer?.get('ok') === '1' ? 'same' : answer?.get('why');
  }

  test('says yes to exactly the tree', () => {
    expect(verify(() => undefined)).toBe('same');
    expect(verify(() => undefined, {})).toBe('same');
    expect(verify(() => undefined, { only: 'folder' })).toBe('same');
  });

  test.each<[string, (dir: string) => void, RegExp]>([
    ['a byte more', dir => writeFileSync(join(dir, 'run'), '#!/bin/sh\n\n'), /^run: not the content/],
    ['a byte less in the other half', dir => writeFileSync(join(dir, 'lib/a b/c.txt'), ''), /^lib\/a b\/c\.txt: not the content/],
    ['a missing file', dir => rmSync(join(dir, "lib/it's $(odd)")), /^lib\/it's \$\(odd\) is not as/],
    ['one more file', dir => writeFileSync(join(dir, 'lib/.run.X1y2'), ''), /^lib\/\.run\.X1y2 is not as/],
    ['a name with a newline', dir => writeFileSync(join(dir, 'a\nb'), ''), /is not as/],
    ['one more folder', dir => mkdirSync(join(dir, 'more')), /^more is not as/],
    ['another mode', dir => chmodSync(join(dir, 'run'), 0o644), /^run is not as/],
    ['setuid', dir => chmodSync(join(dir, 'run'), 0o4755), /^run is not as/],
    [
      'another target',
      dir => {
        rmSync(join(dir, 'lib/link'));
        symlinkSync('/etc/passwd', join(dir, 'lib/link'));
      },
      /^lib\/link is not as/,
    ],
    [
      'a link in place of a file',
      dir => {
        rmSync(join(dir, 'run'));
        symlinkSync('lib', join(dir, 'run'));
      },
      /^run is not as/,
    ],
    [
      'a pipe in place of a file',
      dir => {
        rmSync(join(dir, 'run'));
        execFileSync('mkfifo', [join(dir, 'run')]);
      },
      /^run is not as/,
    ],
  ])('names %s', (_what, spoil, why) => {
    expect(verify(spoil)).toMatch(why);
  });

  test('takes nothing for the same where the disk has no room for a byte more', () => {
    const spoil = (dir: string) => writeFileSync(join(dir, 'run'), 'else\n');
    expect(verify(spoil, TREE, 'mkdir -p "$HOME/work"; ulimit -f 0')).toMatch(/^run: not the content/);
  });
});

describe.each(Object.keys(SHELLS))('stage under %s', shell => {
  const APP = 'web';

  function place() {
    const home = scratch();
    const path = join(home, 'srv');
    const host = new LocalHost(home, shell);
    const stage = (
      run: string,
      tree: Tree,
      base: { id: string; tree: Tree } | null = null,
      more: Record<string, string | string[]> = {},
    ): Promise<Answer> => {
      const [wanted, old] = [manifest(tree), base ? manifest(base.tree) : []];
      const blobs = {
        add: lines(wanted.filter(line => !old.includes(line))),
        drop: lines(old.filter(line => !wanted.includes(line))),
      };
      const params = {
        run,
        app: APP,
        path,
        user: 'root',
        release: `rel-${run}`,
        base: base?.id ?? '',
        digest: sha256(lines(wanted)),
        by: 'dana',
        mode: 'deploy',
        ...more,
      };
      return runProgram(host, { program: 'stage', privilege: 'none', params, blobs, deadlineMs: 20_000, mutates: true });
    };
    /** A finished release, as the transaction leaves it. */
    const finish = (id: string, run: string, tree: Tree) => {
      write(
        join(path, `releases/.partial-${run}`),
        Object.fromEntries(Object.entries(tree).filter(([, entry]) => entry !== 'folder' && 'text' in (entry as object))),
      );
      renameSync(join(path, `releases/.partial-${run}`), join(path, 'releases', id));
      const state = join(home, `.local/state/ops/apps/${APP}/releases/${id}`);
      mkdirSync(state, { recursive: true });
      writeFileSync(join(state, 'manifest'), lines(manifest(tree)));
      writeFileSync(join(state, 'meta'), `seq=1\nid=${id}\n`);
    };
    return { home, path, stage, finish };
  }

  test('without a base it makes folders and links, and waits for the files', async () => {
    const { path, home, stage } = place();
    const answer = await stage('r-1', TREE, null, { shared: ['folder data', 'folder log/app'] });
    expect(answer.get('partial')).toBe(join(path, 'releases/.partial-r-1'));
    expect(readdirSync(join(answer.get('partial')!, 'lib')).sort()).toEqual(['a b', 'link']);
    expect(readlinkSync(join(answer.get('partial')!, 'lib/link'))).toBe('a b/c.txt');
    expect(readFileSync(join(path, '.ops'), 'utf8')).toBe(`app ${APP}\n`);
    expect(readdirSync(join(path, 'shared/log'))).toEqual(['app']);
    expect(statSync(join(home, `.local/state/ops/apps/${APP}/runs/r-1`)).mode & 0o777).toBe(0o700);
  });

  test('shared files begin empty and are the app’s alone; blanks are part of a name; what is there stays as it is', async () => {
    const { path, stage } = place();
    const shared = ['file .env', 'file db/app.sqlite3', 'folder my data/in box', 'file it has.been/a file', 'folder away'];
    await stage('r-1', TREE);
    const at = (name: string) => join(path, 'shared', name);
    mkdirSync(at('it has.been/a file'), { recursive: true });
    symlinkSync('/nowhere/yet', at('away'));
    await stage('r-2', TREE, null, { shared });
    for (const name of ['.env', 'db/app.sqlite3']) {
      const { mode, size } = statSync(at(name));
      expect([name, mode & 0o7777, size]).toEqual([name, 0o600, 0]);
    }
    expect(statSync(at('my data/in box')).isDirectory()).toBe(true);
    expect([statSync(at('it has.been/a file')).isDirectory(), readlinkSync(at('away'))]).toEqual([true, '/nowhere/yet']);
    writeFileSync(at('.env'), 'KEY=1\n');
    await stage('r-3', TREE, null, { shared });
    expect(readFileSync(at('.env'), 'utf8')).toBe('KEY=1\n');
  });

  test('what cannot keep its state leaves the target alone, and goes on when it can', async () => {
    const { path, home, stage } = place();
    mkdirSync(join(home, '.local'));
    writeFileSync(join(home, '.local/state'), 'in the way');
    expect((await stage('r-1', TREE)).get('error')).toBe('target-unwritable');
    expect(existsSync(path)).toBe(false);
    rmSync(join(home, '.local/state'));
    expect((await stage('r-2', TREE)).get('partial')).toBe(join(path, 'releases/.partial-r-2'));
  });

  test('an app is in one place: another path is refused', async () => {
    const { path, stage } = place();
    await stage('r-1', TREE);
    const refused = await stage('r-2', TREE, null, { path: `${path}-new` });
    expect([refused.get('error'), existsSync(`${path}-new`)]).toEqual(['target-moved', false]);
  });

  test('a set-group-id that the folder above hands down does not reach the tree', async () => {
    const { path, home, stage } = place();
    chmodSync(home, 0o2755);
    await stage('r-1', TREE);
    expect(statSync(join(path, 'releases/.partial-r-1/lib')).mode & 0o7777).toBe(0o755);
  });

  test('with a base it keeps what is the same, and drops what is not, also where a file becomes a folder', async () => {
    const { path, stage, finish } = place();
    const first: Tree = { ...TREE, thing: { text: 'a file' }, old: 'folder', 'old/x': { text: 'x' } };
    await stage('r-1', first);
    finish('one', 'r-1', first);
    const second: Tree = {
      ...TREE,
      run: { text: '#!/bin/sh\nnew\n', mode: 0o755 },
      'lib/link': { link: '../run' },
      thing: 'folder',
      'thing/y': { text: 'y' },
    };
    const answer = await stage('r-2', second, { id: 'one', tree: first });
    const partial = answer.get('partial')!;
    expect(readdirSync(partial).sort()).toEqual(['lib', 'thing', 'ünïcode ✓']);
    expect(readFileSync(join(partial, 'lib/a b/c.txt'), 'utf8')).toBe('c');
    expect(readlinkSync(join(partial, 'lib/link'))).toBe('../run');
    expect(readdirSync(join(path, 'releases/one')).sort()).toEqual(['lib', 'old', 'run', 'thing', 'ünïcode ✓']);
    expect(readlinkSync(join(path, 'releases/one/lib/link'))).toBe('a b/c.txt');
  });

  test('a base that is not what was thought is told, so that everything can be sent', async () => {
    const { stage, finish } = place();
    await stage('r-1', TREE);
    finish('one', 'r-1', TREE);
    const { run: _, ...without } = TREE;
    expect((await stage('r-2', TREE, { id: 'one', tree: without })).get('error')).toBe('manifest-mismatch');
    expect((await stage('r-3', TREE, { id: 'absent', tree: TREE })).get('error')).toBe('manifest-mismatch');
  });

  test.each<[string, string, (path: string, home: string) => void]>([
    [
      'another app',
      'target-other',
      path => {
        mkdirSync(path);
        writeFileSync(join(path, '.ops'), 'app other\n');
      },
    ],
    [
      'somebody else',
      'target-foreign',
      path => {
        mkdirSync(path);
        writeFileSync(join(path, 'precious'), '');
      },
    ],
    [
      'a link in the place of releases',
      'target-unsafe',
      path => {
        mkdirSync(path);
        writeFileSync(join(path, '.ops'), 'app web\n');
        symlinkSync('/tmp', join(path, 'releases'));
      },
    ],
    [
      'a folder in the place of current',
      'target-foreign',
      path => {
        mkdirSync(join(path, 'current'), { recursive: true });
        writeFileSync(join(path, '.ops'), 'app web\n');
      },
    ],
    [
      'a newer ops',
      'schema-newer',
      (_path, home) => {
        mkdirSync(join(home, '.local/state/ops'), { recursive: true });
        writeFileSync(join(home, '.local/state/ops/schema'), '2\n');
      },
    ],
  ])('what belongs to %s is left alone', async (_what, code, prepare) => {
    const { path, home, stage } = place();
    prepare(path, home);
    const print = () => execFileSync('find', [home, '-printf', '%p %y %l %T@\n']).toString();
    const before = print();
    const answer = await stage('r-1', TREE);
    expect(answer.get('error')).toBe(code);
    expect(answer.status).toBe(1);
    expect(print()).toBe(before);
  });
});
