import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readSource, type Source } from '../../../src/deploy/source/source.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import { appConfig } from '../../support/app-config.ts';

let root: string;
let dir: string;
let canary: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-strange-'));
  vi.stubEnv('HOME', join(root, 'home'));
  mkdirSync(join(root, 'home'));
  dir = join(root, 'theirs');
  canary = join(root, 'canary');
  writeFileSync(canary, `#!/bin/sh\ntouch '${root}/ran'\nexec cat\n`, { mode: 0o755 });
  git(root, 'init', '-q', '-b', 'main', 'theirs');
  commit({ '.gitattributes': '*.txt filter=evil diff=evil merge=evil\n', 'a.txt': 'a\n', 'site/b.txt': 'b\n' });
  // Changed, and with a new time: what git looks into.
  writeFileSync(join(dir, 'a.txt'), 'c\n');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const ran = () => existsSync(join(root, 'ran'));
const git = (at: string, ...args: string[]) =>
  execFileSync('git', ['-C', at, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' }).trim();

function commit(files: Readonly<Record<string, string>>, at = dir): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at, path, '..'), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  git(at, 'add', '-A', '.');
  git(at, 'commit', '-qm', 'more');
}

/** The source as a commit and as it lies there, each as far as it comes. */
async function lookAt(of = dir): Promise<{ shipped: Source | Error; taken: Source }> {
  const read = (source: Parameters<typeof appConfig>[0]) => readSource(appConfig(source), [], new LocalRunner());
  const shipped = await read({ source: { kind: 'git', dir: of, ref: 'main', exclude: [] } }).catch((error: Error) => error);
  const taken = await read({ source: { kind: 'dir', dir: of, exclude: [] } });
  if (!(shipped instanceof Error)) await shipped.dispose();
  return { shipped, taken };
}

const HOOKS = ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-auto-gc', 'fsmonitor-watchman'];

/** What the repository brings, and that git would run it. */
const BRINGS: readonly (readonly [string, () => void])[] = [
  ['core.fsmonitor', () => git(dir, 'config', 'core.fsmonitor', canary)],
  ['filter.evil.clean', () => git(dir, 'config', 'filter.evil.clean', canary)],
  ['a required filter', () => appendFileSync(join(dir, '.git/config'), `[filter "evil"]\nrequired\nclean = ${canary}\n`)],
  ['a filter that another file has', () => included('include', `[filter "evil"]\nclean = ${canary}\n`)],
  ['a filter for this place alone', () => included('includeIf "gitdir:**"', `[filter "evil"]\nclean = ${canary}\n`)],
  [
    'a filter of the work tree',
    () => {
      git(dir, 'config', 'extensions.worktreeConfig', 'true');
      git(dir, 'config', '--worktree', 'filter.evil.clean', canary);
    },
  ],
  [
    'hooks',
    () => {
      mkdirSync(join(root, 'hooks'));
      for (const hook of HOOKS) {
        for (const folder of [join(root, 'hooks'), join(dir, '.git/hooks')])
          writeFileSync(join(folder, hook), `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
      }
      git(dir, 'config', 'core.hooksPath', join(root, 'hooks'));
      rmSync(join(root, 'ran'), { force: true });
    },
  ],
  [
    'a filter in a submodule',
    () => {
      submodule();
      git(join(dir, 'lib'), 'config', 'filter.other.clean', canary);
      writeFileSync(join(dir, 'lib/x.md'), 'y\n');
    },
  ],
  [
    'a submodule that watches',
    () => {
      submodule();
      git(join(dir, 'lib'), 'config', 'core.fsmonitor', canary);
    },
  ],
];

function included(section: string, text: string): void {
  writeFileSync(join(root, 'included'), text);
  appendFileSync(join(dir, '.git/config'), `[${section}]\npath = ${join(root, 'included')}\n`);
}

function submodule(): void {
  git(root, 'init', '-q', '-b', 'main', 'lib');
  commit({ '.gitattributes': '*.md filter=other\n', 'x.md': 'x\n' }, join(root, 'lib'));
  git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', join(root, 'lib'), 'lib');
  commit({});
}

test.each(BRINGS)('%s of a repository does not run', async (_what, bring) => {
  bring();
  const { shipped, taken } = await lookAt();
  expect(ran()).toBe(false);
  expect(shipped).not.toBeInstanceOf(Error);
  expect(taken.commit).toMatchObject({ ref: 'main' });
});

test.each(['smudge', 'process'])('a %s filter of a repository does not run, and no commit ships without it', async kind => {
  git(dir, 'config', `filter.evil.${kind}`, canary);
  const { shipped, taken } = await lookAt();
  expect(ran()).toBe(false);
  expect(shipped).toMatchObject({
    code: 'source-filter',
    exit: 'usage',
    message: `filter.evil.${kind} in the configuration of ${dir} is a command, and nothing of a repository runs unasked`,
    hints: [
      `git -C ${dir} config --get filter.evil.${kind}`,
      `git config --global filter.evil.${kind} COMMAND, when you trust it`,
    ],
  });
  expect(taken.commit).not.toBeNull();
});

test('a submodule that is in the commit alone is looked at as well', async () => {
  submodule();
  git(join(dir, 'lib'), 'config', 'filter.other.smudge', canary);
  git(dir, 'rm', '-q', '--cached', 'lib');
  const { shipped } = await lookAt();
  expect(ran()).toBe(false);
  expect(shipped).toMatchObject({ code: 'source-filter', message: expect.stringContaining('filter.other.smudge') });
});

test("a filter of the person's own runs, whatever the repository has in its place", async () => {
  writeFileSync(join(root, 'home', '.gitconfig'), '[filter "evil"]\nsmudge = sed s/a/A/\nclean = cat\nrequired\n');
  git(dir, 'config', 'filter.evil.smudge', canary);
  const source = await readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), [], new LocalRunner());
  expect(await source.readText('a.txt')).toBe('A\n');
  await source.dispose();
  expect(ran()).toBe(false);
});

test('what git lfs install --local writes is the program of the machine', async () => {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git-lfs'), '#!/bin/sh\ncat >/dev/null\necho content\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  for (const [key, value] of [
    ['clean', 'git-lfs clean -- %f'],
    ['smudge', 'git-lfs smudge -- %f'],
    ['required', 'true'],
  ] as const)
    git(dir, 'config', `filter.evil.${key}`, value);
  const source = await readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), [], new LocalRunner());
  expect(await source.readText('a.txt')).toBe('content\n');
  await source.dispose();
});

test.each([
  ['filter.a=b.clean', () => {}],
  ['core.gitProxy', partialClone],
  ['remote.origin.uploadpack', partialClone],
])('%s, which cannot be switched off, is refused by name', async (key, make) => {
  make();
  git(dir, 'config', key, canary);
  const { shipped, taken } = await lookAt();
  expect(ran()).toBe(false);
  expect(shipped).toMatchObject({
    code: 'source-git',
    message: expect.stringContaining(`${key.toLowerCase()} in the configuration of ${dir}`),
  });
  expect(taken.commit).toBeNull();
});

test('a bare repository that is committed in a folder is files, and the commit is that of the work tree', async () => {
  git(root, 'init', '-q', '--bare', 'bare');
  git(join(root, 'bare'), 'config', 'core.fsmonitor', canary);
  git(join(root, 'bare'), 'config', 'core.worktree', dir);
  git(join(root, 'bare'), 'config', 'core.bare', 'false');
  writeFileSync(join(root, 'bare', 'refs', 'keep'), '');
  writeFileSync(join(root, 'bare', 'objects', 'keep'), '');
  renameSync(join(root, 'bare'), join(dir, 'site', 'bare'));
  commit({});
  const { shipped, taken } = await lookAt(join(dir, 'site', 'bare'));
  expect(ran()).toBe(false);
  const id = git(dir, 'rev-parse', 'HEAD');
  expect(shipped).toMatchObject({ commit: { id } });
  expect(taken.commit).toMatchObject({ id });
});

/** A clone without the contents of files, which git fetches when it needs them. */
function partialClone(): void {
  git(dir, 'config', 'uploadpack.allowFilter', 'true');
  git(dir, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  git(root, 'clone', '-q', '--no-checkout', '--filter=blob:none', `file://${dir}`, 'partial');
  dir = join(root, 'partial');
  writeFileSync(join(dir, 'built'), 'x');
}

test('a partial clone fetches what it lacks, without a helper of its own', async () => {
  partialClone();
  git(dir, 'config', 'credential.helper', canary);
  const { shipped } = await lookAt();
  expect(shipped).not.toBeInstanceOf(Error);
  expect(ran()).toBe(false);
});

test('a partial clone goes without an ssh of its own, and that is told when it fails', async () => {
  partialClone();
  git(dir, 'config', 'remote.origin.url', 'ssh://127.0.0.1:1/none');
  git(dir, 'config', 'core.sshCommand', canary);
  const { shipped } = await lookAt();
  expect(ran()).toBe(false);
  expect(shipped).toMatchObject({
    code: 'source-git',
    message: expect.stringMatching(/; git went without core\.sshcommand of its configuration$/),
  });
});
