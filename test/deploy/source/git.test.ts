import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readSource, type Source } from '../../../src/deploy/source/source.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
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
  readSource(appConfig({ source: { kind: 'git', dir, ref: 'main', exclude: [] } }), new LocalRunner());
const paths = (source: Source) => source.manifest.lines.map(line => line.split('\t')[3]);

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

test('long names that are not ASCII are unpacked whatever the locale is', async () => {
  const name = 'ä'.repeat(110);
  dir = commitTo('named', { [name]: 'x' });
  vi.stubEnv('LC_ALL', 'C');
  const source = await shipped();
  expect(paths(source)).toEqual([name]);
  await source.dispose();
});
