import { mkdir, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { quoteCommand } from '../../exec/quote.ts';
import type { LocalSpec, Runner } from '../../exec/runner.ts';
import { type Git, isWorkTree, openRepository, type Repository } from './repository.ts';

export interface Commit {
  /** Full hash. */
  id: string;
  /** Branch or ref as the config names it; of a directory the branch that is checked out there. */
  ref: string;
  /** The work tree has changes that are not in this commit. */
  dirty: boolean;
}

/** Paths of the source that are no part of a release, relative to its folder. */
type LeftOut = ReadonlySet<string>;

/**
 * Of a commit only what is in it decides about its bytes. The rest of the person's configuration applies: which repositories are
 * safe, filters (git-lfs), how to fetch what a partial clone lacks, what `git status` takes for a change.
 */
const AS_COMMITTED = [
  ...['-c', 'core.autocrlf=false', '-c', 'core.eol=lf'],
  ...['-c', 'core.attributesFile=/dev/null', '-c', 'tar.umask=0022'],
];

type GitSource = Extract<SourceConfig, { kind: 'git' }>;

/** A clean export of one commit: what is not committed does not ship. */
export async function exportCommit(
  source: GitSource,
  leftOut: LeftOut,
  temporary: string,
  runner: Runner,
): Promise<{ dir: string; commit: Commit }> {
  const repository = await openRepository(source, runner);
  const { git, top, prefix } = repository;
  const id = (await git(top, 'rev-parse', '--verify', '--end-of-options', `${source.ref}^{commit}`)).trim();
  const dirty = await isDirty(repository, prefix, leftOut);
  const into = join(temporary, 'tree');
  const unpack = async (from: string, commit: string, folder: string, to: string) => {
    const archive = join(temporary, 'export.tar');
    requireKnownFilters(repository);
    // The folder by its path, not as a tree of its own: attributes (git-lfs) may stand in the folders above it.
    const of = folder === '' ? [commit] : [commit, '--', folder];
    await git(from, ...AS_COMMITTED, '--literal-pathspecs', 'archive', '--format=tar', '-o', archive, ...of);
    await mkdir(to, { recursive: true });
    await unpackArchive(runner, archive, to);
  };
  await unpack(top, id, prefix, into);
  const dir = join(into, prefix);
  const pending = await submodules(git, top, `${id}:${prefix}`);
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    const { path, commit } = module;
    if (isLeftOut(path, leftOut)) continue;
    const inside = join(top, prefix, path);
    // In a folder that was never filled git would find the repository around it.
    if (!(await isWorkTree(inside))) throw submoduleMissing(source, path);
    await git(inside, 'cat-file', '-e', `${commit}^{tree}`).catch(error => Promise.reject(submoduleMissing(source, path, error)));
    await unpack(inside, commit, '', join(dir, path));
    for (const inner of await submodules(git, inside, commit)) pending.push({ ...inner, path: `${path}/${inner.path}` });
  }
  return { dir, commit: { id, ref: source.ref, dirty } };
}

/**
 * The commit that a directory is of, when it lies in a git work tree. What was built there and is not in the commit itself
 * was built from the whole tree. null = nobody can say.
 * @throws OpsError source-submodule
 */
export async function commitAround(source: SourceConfig, leftOut: LeftOut, runner: Runner): Promise<Commit | null> {
  const look = async () => {
    const repository = await openRepository({ ...source, ref: 'HEAD' }, runner);
    const { git, top, prefix } = repository;
    const [id = '', ref = ''] = (await git(top, 'rev-parse', 'HEAD^{commit}', '--abbrev-ref', 'HEAD')).split('\n');
    const modules = await submodules(git, top, `${id}:${prefix}`).catch(() => null);
    const dirty = await isDirty(repository, modules ? prefix : '', leftOut);
    return { modules: modules ?? [], commit: { id, ref, dirty } };
  };
  const { modules, commit } = (await look().catch(() => null)) ?? { modules: [], commit: null };
  for (const { path } of modules) {
    if (isLeftOut(path, leftOut)) continue;
    const names = await readdir(join(source.dir, path)).catch(() => null);
    if (names?.length === 0) throw submoduleMissing(source, path);
  }
  return commit;
}

/** Paths in the tree are relative to it. */
async function submodules(git: Git, dir: string, tree: string): Promise<{ path: string; commit: string }[]> {
  const told = await git(dir, 'ls-tree', '-r', '-d', '-z', '--full-tree', tree);
  return told.split('\0').flatMap(entry => {
    const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
    return commit === undefined || path === undefined ? [] : [{ path, commit }];
  });
}

/** By what lies in `folder`, as `git status` takes it for a change. */
async function isDirty({ git, top, prefix }: Repository, folder: string, leftOut: LeftOut): Promise<boolean> {
  return (await git(top, 'status', '--porcelain', '--', `:(top,literal)${folder}`, ...without(leftOut, prefix))) !== '';
}

/** Without its filters a commit would come out with other bytes: as they are kept, not as they are meant. */
function requireKnownFilters({ top, filters: [key] }: Repository): void {
  if (key === undefined) return;
  throw new OpsError(
    'source-filter',
    'usage',
    `${key} in the configuration of ${top} is a command, and nothing of a repository runs unasked`,
    {
      hint: [
        quoteCommand(['git', '-C', top, 'config', '--get', key]),
        `${quoteCommand(['git', 'config', '--global', key])} COMMAND, when you trust it`,
      ],
    },
  );
}

/** Pathspecs: what is no part of a release is no change of it. Outside the work tree there is nothing to name. */
function without(leftOut: LeftOut, prefix: string): string[] {
  const paths = [...leftOut].map(path => posix.normalize(`${prefix}${path}`)).filter(path => !path.startsWith('../'));
  return paths.map(path => `:(top,exclude,literal)${path}`);
}

function isLeftOut(path: string, leftOut: LeftOut): boolean {
  return path !== '.' && (leftOut.has(path) || isLeftOut(posix.dirname(path), leftOut));
}

function submoduleMissing({ dir }: SourceConfig, path: string, cause?: unknown): OpsError {
  const message = `${JSON.stringify(path)} in ${dir} is a git submodule, and its files are not here`;
  return new OpsError('source-submodule', 'usage', message, {
    hint: quoteCommand(['git', '-C', dir, 'submodule', 'update', '--init', '--recursive', '--', path]),
    cause,
  });
}

/** Modes come from the archive, whatever the umask is. */
function tarCommand(archive: string, dir: string): LocalSpec {
  return { program: 'tar', environment: 'tar', args: ['-xpf', archive, '-C', dir], deadlineMs: 120_000, mutates: false };
}

async function unpackArchive(runner: Runner, archive: string, dir: string): Promise<void> {
  const { reason, exit, stderr } = await runner.run(tarCommand(archive, dir));
  if (reason === 'exited' && exit === 0) return;
  const why = reason === 'not-found' ? 'tar is not installed on this machine' : stderr.trim().split('\n')[0] || 'tar failed';
  throw new OpsError('source-git', 'usage', `the exported commit could not be unpacked: ${why}`);
}
