import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { readSource, type Source } from '../../../src/deploy/source/source.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import type { Runner } from '../../../src/exec/runner.ts';
import { appConfig } from '../../support/app-config.ts';

let root: string;
let dir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-git-test-'));
  vi.stubEnv('HOME', join(root, 'home'));
  mkdirSync(join(root, 'home'));
  dir = commitTo('ours', { 'index.html': 'ours\n', 'data.bin': 'a' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const git = (at: string, ...args: string[]) =>
  execFileSync('git', ['-C', at, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' }).trim();

/** A repository with one commit of these files. */
function commitTo(name: string, files: Readonly<Record<string, string>>): string {
  const at = join(root, name);
  git(root, 'init', '-q', '-b', 'main', name);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(at, path), text);
  git(at, 'add', '.');
  git(at, 'commit', '-qm', 'first');
  return at;
}

const shipped = (): Promise<Source> =>
  readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), [], new LocalRunner());
/** The folder as it is. */
const taken = (at = dir, exclude: string[] = []): Promise<Source> =>
  readSource(
    appConfig({ source: { kind: 'dir', dir: at, exclude } }),
    [join(dir, 'ops.yaml'), join(dir, 'ops.pins')],
    new LocalRunner(),
  );
const paths = (source: Source) => source.manifest.lines.map(line => line.split('\t')[3]);

/** What a person has in their own git configuration. */
const configure = (text: string) => writeFileSync(join(root, 'home', '.gitconfig'), text);

/** A source as it is told without anything foreign; what is told with it has to be the same. */
async function expectTheSame(foreign: () => void): Promise<void> {
  const before = await shipped();
  foreign();
  const after = await shipped();
  expect({ ...after.commit, lines: after.manifest.lines, privateFiles: after.privateFiles }).toEqual({
    ...before.commit,
    lines: before.manifest.lines,
    privateFiles: before.privateFiles,
  });
  await before.dispose();
  await after.dispose();
}

test('inside a hook of another repository its own commit ships all the same', async () => {
  const other = commitTo('other', { 'index.html': 'THEIRS\n' });
  await expectTheSame(() => {
    vi.stubEnv('GIT_DIR', join(other, '.git'));
    vi.stubEnv('GIT_INDEX_FILE', join(other, '.git', 'index'));
    vi.stubEnv('GIT_WORK_TREE', other);
    vi.stubEnv('GIT_PREFIX', '');
  });
});

test.each<[string, Record<string, string>]>([
  ['git configuration in variables', { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.autocrlf', GIT_CONFIG_VALUE_0: 'true' }],
  ['git configuration of the command that called', { GIT_CONFIG_PARAMETERS: "'core.autocrlf'='true'" }],
  ['options for tar', { TAR_OPTIONS: '--exclude=*.bin' }],
])('%s changes nothing', async (_, variables) => {
  await expectTheSame(() => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  });
});

test.each([
  ['ends of lines', '[core]\nautocrlf = true\n'],
  ['ends of lines, where a file is said to be text', '[core]\neol = crlf\n'],
  ['attributes', '[core]\nattributesFile = ~/attributes\n'],
  ['modes of what is archived', '[tar]\numask = 0077\n'],
])('who has %s of their own in ~/.gitconfig ships the same commit', async (_, text) => {
  dir = commitTo('text', { '.gitattributes': '*.txt text\n', 'a.txt': 'line\n', 'b.md': 'line\n', run: '#!/bin/sh\n' });
  writeFileSync(join(root, 'home', 'attributes'), '*.md export-ignore\n');
  await expectTheSame(() => configure(text));
});

test('a commit whose content was replaced here ships as it was committed', async () => {
  const theirs = join(dir, 'index.html');
  const id = git(dir, 'rev-parse', 'main:index.html');
  writeFileSync(theirs, 'REPLACED\n');
  await expectTheSame(() => git(dir, 'replace', id, git(dir, 'hash-object', '-w', theirs)));
});

test('a private umask makes no file of a commit private', async () => {
  const local = new LocalRunner();
  // What tar does for any account but root.
  const narrow: Runner = {
    run: (spec, options) =>
      local.run(
        spec.program === 'tar'
          ? { ...spec, program: 'sh', args: ['-c', 'umask 077; exec tar --no-same-permissions "$@"', 'sh', ...spec.args] }
          : spec,
        options,
      ),
  };
  const source = await readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), [], narrow);
  expect(source.privateFiles).toEqual({ count: 0, first: '' });
  await source.dispose();
});

test("whose repository it is, and what counts as a change, is for the person's own configuration", async () => {
  writeFileSync(join(dir, 'scratch.swp'), '');
  writeFileSync(join(root, 'ignored'), '*.swp\n');
  configure(`[core]\nexcludesFile = ${join(root, 'ignored')}\nautocrlf = true\n`);
  // As such a configuration checks it out, and touched since.
  writeFileSync(join(dir, 'index.html'), 'ours\r\n');
  git(dir, 'add', 'index.html');
  utimesSync(join(dir, 'index.html'), 1, 1);
  const source = await shipped();
  expect(source.commit).toMatchObject({ dirty: false });
  await source.dispose();
});

test('long names that are not ASCII are unpacked whatever the locale is', async () => {
  const name = 'ä'.repeat(110);
  dir = commitTo('named', { [name]: 'x' });
  vi.stubEnv('LC_ALL', 'C');
  const source = await shipped();
  expect(paths(source)).toEqual([name]);
  await source.dispose();
});

/** `dir` with `lib/inner`, a repository that has one of its own in it. */
function withSubmodules(): string {
  const commit = (at: string) => git(at, 'commit', '-qm', 'more');
  commitTo('leaf', { 'leaf.txt': 'leaf\n' });
  commitTo('inner', { 'inner.txt': 'inner\n' });
  const add = (at: string, from: string, path: string) =>
    git(at, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', join(root, from), path);
  add(join(root, 'inner'), 'leaf', 'deep');
  commit(join(root, 'inner'));
  add(dir, 'inner', 'lib/inner');
  git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init', '--recursive');
  commit(dir);
  return git(dir, 'rev-parse', 'HEAD');
}

test('a commit ships with its submodules and theirs, each as the commit has it', async () => {
  withSubmodules();
  writeFileSync(join(dir, 'lib/inner/inner.txt'), 'changed\n');
  const source = await shipped();
  const files = source.manifest.lines
    .filter(line => line.startsWith('f'))
    .map(line => line.split('\t')[3])
    .sort();
  expect(files).toEqual([
    '.gitmodules',
    'data.bin',
    'index.html',
    'lib/inner/.gitmodules',
    'lib/inner/deep/leaf.txt',
    'lib/inner/inner.txt',
  ]);
  expect(await source.readText('lib/inner/inner.txt')).toBe('inner\n');
  expect(source.commit).toMatchObject({ dirty: true });
  await source.dispose();
});

test.each([
  [
    'commit',
    (at: string, exclude: string[]) =>
      readSource(appConfig({ source: { kind: 'git', dir: at, ref: 'main', exclude } }), [], new LocalRunner()),
  ],
  ['folder', taken],
])('a %s whose submodules were never fetched is refused, unless they are excluded', async (_, read) => {
  withSubmodules();
  git(root, 'clone', '-q', 'ours', 'fresh');
  const fresh = join(root, 'fresh');
  await expect(read(fresh, [])).rejects.toMatchObject({
    code: 'source-submodule',
    exit: 'usage',
    message: `"lib/inner" in ${fresh} is a git submodule, and its files are not here`,
    hints: [`git -C ${fresh} submodule update --init --recursive -- lib/inner`],
  });
  const source = await read(fresh, ['lib']);
  expect(paths(source)).not.toContain('lib/inner');
  await source.dispose();
});

test('attributes of the folders above the one that ships apply, as they do in a work tree', async () => {
  dir = commitTo('filtered', { '.gitattributes': '*.bin filter=store\n' });
  mkdirSync(join(dir, 'site'));
  writeFileSync(join(dir, 'site', 'a.bin'), 'pointer\n');
  git(dir, 'add', '.');
  git(dir, 'commit', '-qm', 'more');
  configure('[filter "store"]\nsmudge = cat >/dev/null && echo content\n');
  dir = join(dir, 'site');
  const source = await shipped();
  expect(await source.readText('a.bin')).toBe('content\n');
  await source.dispose();
});

test('a folder in a work tree is of its commit, and dirty by what is part of the release', async () => {
  const id = git(dir, 'rev-parse', 'HEAD');
  writeFileSync(join(dir, 'ops.yaml'), 'version: 1\n');
  writeFileSync(join(dir, 'ops.pins'), 'pins\n');
  expect((await taken()).commit).toEqual({ id, ref: 'main', dirty: false });
  writeFileSync(join(dir, 'notes'), 'x');
  expect((await taken()).commit).toMatchObject({ id, dirty: true });
  expect((await taken(dir, ['notes'])).commit).toMatchObject({ id, dirty: false });
});

test('a folder that is built in a work tree is of its commit, and dirty by all of it', async () => {
  const id = git(dir, 'rev-parse', 'HEAD');
  const built = join(dir, 'build');
  mkdirSync(built);
  writeFileSync(join(dir, '.git/info/exclude'), 'build\n');
  writeFileSync(join(built, 'app.js'), 'x');
  writeFileSync(join(dir, 'ops.yaml'), 'version: 1\n');
  expect((await taken(built)).commit).toEqual({ id, ref: 'main', dirty: false });
  writeFileSync(join(dir, 'index.html'), 'changed');
  expect((await taken(built)).commit).toMatchObject({ id, dirty: true });
});

test('a folder of no commit is of none, and ships all the same', async () => {
  const plain = join(root, 'plain');
  mkdirSync(plain);
  writeFileSync(join(plain, 'a'), 'x');
  expect((await taken(plain)).commit).toBeNull();
  git(plain, 'init', '-q');
  expect((await taken(plain)).commit).toBeNull();
});

test('what ops keeps in the work tree makes no commit dirty, whatever the file is called', async () => {
  for (const name of ['ops.yaml', 'ops.pins', 'other.yaml']) writeFileSync(join(dir, name), 'x');
  const read = (own: string[]) =>
    readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), own, new LocalRunner());
  const [named, unnamed] = [await read([join(dir, 'other.yaml')]), await read([])];
  expect([named.commit?.dirty, unnamed.commit?.dirty]).toEqual([false, true]);
  await named.dispose();
  await unnamed.dispose();
});

test('modes come from the commit, and not from how it was checked out', async () => {
  await expectTheSame(() => {
    for (const name of ['index.html', 'data.bin']) chmodSync(join(dir, name), 0o600);
  });
});

test('a temporary folder that cannot be used is named, and what to do', async () => {
  vi.stubEnv('TMPDIR', join(root, 'never-made'));
  await expect(shipped()).rejects.toMatchObject({
    code: 'tmpdir-unusable',
    message: expect.stringContaining(join(root, 'never-made')),
    hints: ['set TMPDIR to a writable folder with room for the source'],
  });
});

test('a temporary folder may be named from where one is', async () => {
  mkdirSync(join(root, 'below'));
  vi.stubEnv('TMPDIR', 'below');
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(root);
  const source = await shipped();
  expect(await source.readText('index.html')).toBe('ours\n');
  await source.dispose();
  expect(readdirSync(join(root, 'below'))).toEqual([]);
});
