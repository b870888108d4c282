import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSource } from '../../../src/deploy/source/source.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import { appConfig } from '../../support/app-config.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ops-source-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const runner = new LocalRunner();
const app = (exclude: string[] = [], shared: string[] = []) =>
  appConfig({
    source: { kind: 'dir', dir, exclude },
    shared: shared.map(path => ({ path: path.replace(/\/$/, ''), folder: path.endsWith('/') })),
  });
const paths = (lines: readonly string[]) => lines.map(line => line.split('\t')[3]);

test('files, folders and inner links with their modes; .git and excluded things stay behind', async () => {
  mkdirSync(join(dir, 'lib'));
  mkdirSync(join(dir, '.git'));
  mkdirSync(join(dir, 'logs'));
  writeFileSync(join(dir, '.git', 'HEAD'), 'x');
  writeFileSync(join(dir, 'logs', 'a.log'), 'x');
  writeFileSync(join(dir, 'lib', 'a.js'), 'hello');
  writeFileSync(join(dir, 'run'), '#!/bin/sh\n');
  chmodSync(join(dir, 'run'), 0o700);
  symlinkSync('lib/a.js', join(dir, 'main'));
  const source = await readSource(app(['logs']), [], runner);
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(source.manifest.lines).toEqual([
    'd\t755\t-\tlib',
    `f\t644\t${sha('hello')}\tlib/a.js`,
    `f\t755\t${sha('#!/bin/sh\n')}\trun`,
    'l\t-\tlib/a.js\tmain',
  ]);
  expect(source.totalBytes).toBe(15);
  expect(source.privateFiles).toEqual({ count: 1, first: 'run' });
});

test('a file larger than the buffer has the digest of all of it', async () => {
  const big = Buffer.alloc(3 * 1024 * 1024 + 17, 'ab');
  writeFileSync(join(dir, 'big'), big);
  const source = await readSource(app(), [], runner);
  expect(source.manifest.lines[0]).toBe(`f\t644\t${createHash('sha256').update(big).digest('hex')}\tbig`);
  expect(source.sizes.get(source.manifest.lines[0] ?? '')).toBe(big.length);
});

test('a shared path is a link out of the release, whatever the source has there', async () => {
  mkdirSync(join(dir, 'var', 'data'), { recursive: true });
  writeFileSync(join(dir, 'var', 'data', 'seed'), 'x');
  writeFileSync(join(dir, 'a'), 'x');
  const source = await readSource(app([], ['var/data', 'up']), [], runner);
  expect(source.manifest.lines).toContain('l\t-\t../../../shared/var/data\tvar/data');
  expect(source.manifest.lines).toContain('l\t-\t../../shared/up\tup');
  expect(paths(source.manifest.lines)).not.toContain('var/data/seed');
  expect(source.hidden).toEqual(['var/data']);
});

test('a shared path is a file or a folder as it is written, as the source has it, or by its name', async () => {
  writeFileSync(join(dir, 'a'), 'x');
  writeFileSync(join(dir, 'Procfile'), 'x');
  mkdirSync(join(dir, 'conf.d'));
  mkdirSync(join(dir, 'kept'));
  writeFileSync(join(dir, 'kept', '.gitkeep'), '');
  symlinkSync('a', join(dir, 'db.sqlite3'));
  const shared = ['data', '.env', 'db.sqlite3', '.cache/', 'my files/set up.ini', 'Procfile', 'conf.d', 'kept'];
  const source = await readSource(app([], shared), [], runner);
  expect(source.shared.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'folder data',
    'file .env',
    'file db.sqlite3',
    'folder .cache',
    'file my files/set up.ini',
    'file Procfile',
    'folder conf.d',
    'folder kept',
  ]);
  expect(source.hidden).toEqual(['Procfile', 'db.sqlite3']);
  expect(source.manifest.lines).toContain('l\t-\t../../../shared/my files/set up.ini\tmy files/set up.ini');
  expect((await readSource(app(['Procfile', 'db.sqlite3'], shared), [], runner)).hidden).toEqual([]);
});

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;

test('what git-lfs has in the place of a file is refused, and named; what only speaks of it is not', async () => {
  mkdirSync(join(dir, 'img'));
  writeFileSync(join(dir, 'img', 'a.png'), POINTER);
  writeFileSync(join(dir, 'b.png'), POINTER);
  writeFileSync(join(dir, 'notes'), `see ${POINTER}`);
  writeFileSync(join(dir, 'big'), POINTER.repeat(20));
  await expect(readSource(app(), [], runner)).rejects.toMatchObject({
    code: 'source-lfs',
    exit: 'usage',
    message: expect.stringMatching(/^b\.png and 1 other file in the source of web are pointers of git-lfs/),
    hints: [expect.stringContaining(`git -C ${dir} lfs pull`)],
  });
  await expect(readSource(app(['img']), [], runner)).rejects.toMatchObject({
    message: expect.stringMatching(/^b\.png in .* is a/),
  });
  expect(paths((await readSource(app(['img', 'b.png']), [], runner)).manifest.lines).sort()).toEqual(['big', 'notes']);
});

test('the file that ops was told to read, and what it keeps beside it, are no part of the app', async () => {
  mkdirSync(join(dir, 'deploy'));
  for (const name of ['a', 'ops.yaml', 'ops.pins', 'deploy/other.yaml', 'deploy/ops.pins', 'deploy/more.yaml'])
    writeFileSync(join(dir, name), 'x');
  const own = [join(dir, 'deploy/other.yaml'), join(dir, 'deploy/ops.pins'), join(dir, '..', 'elsewhere.yaml')];
  const { manifest } = await readSource(app(), own, runner);
  expect(paths(manifest.lines).sort()).toEqual(['a', 'deploy', 'deploy/more.yaml']);
});

test.each([
  ['a/ln/deep/er', 'a/ln', 'is a link, and shared has a/ln/deep/er below it'],
  ['a/file/deep', 'a/file', 'is a file, and shared has a/file/deep below it'],
])('shared: %s is refused where the source has something else, unless that is excluded', async (path, entry, what) => {
  mkdirSync(join(dir, 'a', 'real'), { recursive: true });
  symlinkSync('real', join(dir, 'a', 'ln'));
  writeFileSync(join(dir, 'a', 'file'), 'x');
  writeFileSync(join(dir, 'other'), 'x');
  await expect(readSource(app([], [path]), [], runner)).rejects.toMatchObject({
    code: 'source-entry',
    exit: 'usage',
    message: `"${entry}" in the source of web ${what}`,
  });
  expect(paths((await readSource(app([entry], [path]), [], runner)).manifest.lines)).toContain(path);
  expect(paths((await readSource(app([], ['a/ln', 'a/new/deep']), [], runner)).manifest.lines)).toContain('a/ln');
});

test.each([
  ['../secret', 'outside the source'],
  ['/etc/passwd', 'outside the source'],
  ['a/../../b', 'outside the source'],
])('a link to %s is refused', async (target, message) => {
  writeFileSync(join(dir, 'a'), 'x');
  symlinkSync(target, join(dir, 'link'));
  await expect(readSource(app(), [], runner)).rejects.toThrow(message);
});

/** A tree of links, target by path; folders that they lie in are made. */
async function linked(links: Record<string, string>, shared: string[] = []) {
  writeFileSync(join(dir, 'file'), 'x');
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    if (target === '/') mkdirSync(join(dir, path), { recursive: true });
    else symlinkSync(target, join(dir, path));
  }
  return readSource(app([], shared), [], runner);
}

const OUT = 'outside the source';
const SHARED = 'out of a shared path, where the app decides what it leads to';
test.each<[string, Record<string, string>, string, string[]?]>([
  ['through a link to a folder that is not so deep', { 'deep/er/b': '../..', a: 'deep/er/b/..' }, OUT],
  ['through a link into another folder', { x: '/', 'p/q/b': '../../x', a: 'p/q/b/../..' }, OUT],
  ['through two of them', { top: '.', 'k/second': '../top', a: 'k/second/..' }, OUT],
  ['through a link in its own folder', { x: '/', 'one/two/up': '../../x', 'one/a': 'two/up/../..' }, OUT],
  ['through a link that leads out itself', { b: 'file', a: '/etc/passwd' }, OUT],
  ['through one that is not there', { a: 'nothing/../..' }, OUT],
  ['out of a shared folder', { a: 'data/../secret' }, SHARED, ['data']],
  ['out of a folder that the app makes in it', { a: 'data/sub/..' }, SHARED, ['data']],
  ['out of it by another link', { in: 'var/data', a: 'in/..' }, SHARED, ['var/data']],
])('a link that leads away %s is refused', async (_what, links, where, shared) => {
  const at = 'a' in links ? 'a' : 'one/a';
  await expect(linked(links, shared)).rejects.toMatchObject({
    code: 'source-entry',
    exit: 'usage',
    message: `"${at}" in the source of web is a link to ${links[at]}, ${where}`,
  });
});

test.each<[Record<string, string>]>([
  [{ a: 'a' }],
  [{ a: 'b', b: 'a' }],
  [{ 'x/a': '../y/b/c', 'y/b': '../x/a' }],
  [{ a: 'a/b' }],
])('links that lead to themselves are refused: %j', async links => {
  await expect(linked(links)).rejects.toMatchObject({
    code: 'source-entry',
    message: expect.stringMatching(/and so back to itself$/),
  });
});

test('links that stay inside ship as they are, whatever way they take', async () => {
  const links = {
    here: '.',
    'deep/er/b': '../..',
    a: 'deep/er/b/file',
    'deep/up': 'er/../../file',
    long: 'here/here/./deep//er/../er/b/here/file',
    dangling: 'not/there',
    'storage/app': '/',
    'public/storage': '../storage/app/public',
    into: 'public/storage/logo.png',
  };
  const { manifest } = await linked(links, ['storage/app/public']);
  const written = manifest.lines
    .filter(line => line.startsWith('l'))
    .map(line => line.split('\t'))
    .map(([, , target, path]) => [path, target]);
  expect(Object.fromEntries(written)).toMatchObject(
    Object.fromEntries(Object.entries(links).filter(([, target]) => target !== '/')),
  );
});

test('where a link leads is what the system says', async () => {
  const name = fc.constantFrom('a', 'b');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(names => names.join('/'));
  const target = fc.array(fc.oneof(name, fc.constant('..')), { minLength: 1, maxLength: 5 }).map(names => names.join('/'));
  let leadingAway = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.tuple(path, target), { maxLength: 6, selector: ([at]) => at }), async wanted => {
      const root = join(dir, 'in');
      rmSync(root, { recursive: true, force: true });
      mkdirSync(root);
      writeFileSync(join(root, 'file'), 'x');
      const links: string[] = [];
      for (const [at, to] of wanted) {
        if (existsSync(join(root, at)) || links.some(link => `${at}/`.startsWith(`${link}/`))) continue;
        mkdirSync(dirname(join(root, at)), { recursive: true });
        symlinkSync(to, join(root, at));
        links.push(at);
      }
      const away = links.some(
        link => existsSync(join(root, link)) && !`${realpathSync(join(root, link))}/`.startsWith(`${root}/`),
      );
      const source = { kind: 'dir', dir: root, exclude: [] } as const;
      const read = await readSource(appConfig({ source }), [], runner).catch((error: unknown) => error);
      leadingAway += away ? 1 : 0;
      if (away) expect(read).toMatchObject({ code: 'source-entry' });
    }),
    { numRuns: 300, seed: 20261129 },
  );
  expect(leadingAway).toBeGreaterThan(30);
});

test.each(['new\nline', 'back\\slash', 'esc\u001b[31m'])('a name like %j is refused, and named', async name => {
  writeFileSync(join(dir, name), 'x');
  await expect(readSource(app(), [], runner)).rejects.toMatchObject({ code: 'source-entry', exit: 'usage' });
});

/** Root may read everything: what others may not has to be tried as one of them. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid!() !== 0) return work();
  process.seteuid!(65534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

test.each([
  ['a file', 'tree/secret', (path: string) => writeFileSync(path, 'x')],
  ['a folder', 'tree/secret', (path: string) => mkdirSync(path)],
  ['the source itself', '.', () => undefined],
])('%s that may not be read is named, and why', async (_what, path, make) => {
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, 'tree'));
  make(join(dir, path));
  chmodSync(join(dir, path), 0);
  await expect(asNobody(() => readSource(app(), [], runner))).rejects.toMatchObject({
    code: 'source-entry',
    exit: 'usage',
    message: `"${path}" in the source of web cannot be read: permission denied`,
  });
});

test.each([
  ['file', (path: Buffer) => writeFileSync(path, 'x')],
  ['folder', (path: Buffer) => mkdirSync(path)],
  ['link', (path: Buffer) => symlinkSync('a', path)],
])('the name of a %s that is not UTF-8 is refused; one that holds U+FFFD itself is not', async (_what, make) => {
  writeFileSync(join(dir, 'a\ufffd'), 'x');
  expect(paths((await readSource(app(), [], runner)).manifest.lines)).toEqual(['a\ufffd']);
  make(Buffer.from(join(dir, 'lat\xe9in'), 'latin1'));
  await expect(readSource(app(), [], runner)).rejects.toMatchObject({
    code: 'source-entry',
    exit: 'usage',
    message: '"lat\ufffdin" in the source of web has a name that is not UTF-8',
  });
  expect(paths((await readSource(app(['lat\ufffdin']), [], runner)).manifest.lines)).toEqual(['a\ufffd']);
});

test('a file that goes away while the source is being read is named', async () => {
  const names = ['a', 'b', 'c'];
  for (const name of names) writeFileSync(join(dir, name), Buffer.alloc(8 * 1024 * 1024));
  const reading = readSource(app(), [], runner);
  for (const name of names) rmSync(join(dir, name));
  await expect(reading).rejects.toMatchObject({ code: 'source-entry', message: expect.stringContaining('went away') });
});

test.each<[string, (path: string) => void]>([
  ['a link', path => symlinkSync('/etc/passwd', path)],
  ['a pipe', path => execFileSync('mkfifo', [path])],
])('a file that becomes %s while the source is being read is named, and neither followed nor waited for', async (_what, make) => {
  const names = ['a', 'b', 'c'];
  for (const name of names) writeFileSync(join(dir, name), Buffer.alloc(8 * 1024 * 1024));
  const reading = readSource(app(), [], runner);
  for (const name of names) {
    rmSync(join(dir, name));
    make(join(dir, name));
  }
  await expect(reading).rejects.toMatchObject({ code: 'source-entry', message: expect.stringContaining('was replaced') });
});

test('files that look like secrets are told of, by their names and where these do not tell by what they begin with', async () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nx';
  const secret = {
    '.env': 'A=1',
    '.git-credentials': 'x',
    '.netrc': 'x',
    '.npmrc': '//registry.npmjs.org/:_authToken=npm_x',
    '.pypirc': 'x',
    'certs/tls.key': '-----BEGIN PRIVATE KEY-----\nx',
    'certs/tls.pem': `\n${key}`,
    'config/.env.production': 'A=1',
    'config/credentials.json': '{}',
    'ssh/id_ed25519': key,
    'ssh/id_rsa': key,
    'ssh/id_rsa-old': key,
  };
  const plain = {
    '.env.example': 'A=',
    'config/.env': '',
    'a/.npmrc': 'save-exact=true\n//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n',
    'certs/ca.pem': '-----BEGIN CERTIFICATE-----',
    'certs/more.key': `see ${key}`,
    'ssh/id_rsa.pub': 'ssh-rsa x',
    'src/env.ts': 'A=1',
    'src/my.env': 'A=1',
    'big.pem': `-----BEGIN CERTIFICATE-----${'x'.repeat(1024 * 1024 - 27)}${key}`,
    'shared/.env': 'A=1',
    'out/.env': 'A=1',
  };
  for (const [path, text] of Object.entries({ ...secret, ...plain })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode: path === '.env' ? 0o600 : 0o644 });
  }
  const source = await readSource(app(['out'], ['shared/.env']), [], runner);
  expect(source.secretFiles).toEqual(Object.keys(secret));
  expect(source.privateFiles.count).toBe(0);
});

test('an empty source is refused', async () => {
  await expect(readSource(app(), [], runner)).rejects.toMatchObject({ code: 'source-empty' });
});

test('a git source ships the commit, not the work tree, and says when the tree is dirty', async () => {
  const git = (...args: string[]) =>
    runner.run({
      program: 'git',
      environment: 'git',
      args: ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args],
      deadlineMs: 10_000,
      mutates: true,
    });
  mkdirSync(join(dir, 'site'));
  writeFileSync(join(dir, 'site', 'index.html'), 'committed');
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-qm', 'first');
  writeFileSync(join(dir, 'site', 'index.html'), 'not yet');
  const source = await readSource(
    appConfig({ source: { kind: 'git', dir: join(dir, 'site'), ref: 'main', exclude: [] } }),
    [],
    runner,
  );
  expect(await source.readText('index.html')).toBe('committed');
  expect(source.commit).toMatchObject({ ref: 'main', dirty: true, id: expect.stringMatching(/^[0-9a-f]{40}$/) });
  await source.dispose();
  await expect(source.readText('index.html')).rejects.toThrow();
});

test('a ref that does not exist is a usage error that says how to look', async () => {
  await runner.run({ program: 'git', environment: 'git', args: ['-C', dir, 'init', '-q'], deadlineMs: 10_000, mutates: true });
  const config = appConfig({ source: { kind: 'git', dir, ref: '--upload-pack=x', exclude: [] } });
  await expect(readSource(config, [], runner)).rejects.toMatchObject({ code: 'source-git', exit: 'usage' });
});
