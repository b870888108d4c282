import { mkdir, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { quoteCommand } from '../../exec/quote.ts';
import type { LocalSpec, Result, Runner } from '../../exec/runner.ts';

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
  const git = gitOf(source, runner);
  const id = (await git(source.dir, 'rev-parse', '--verify', '--end-of-options', `${source.ref}^{commit}`)).trim();
  const prefix = line(await git(source.dir, 'rev-parse', '--show-prefix'));
  const top = line(await git(source.dir, 'rev-parse', '--show-toplevel'));
  const dirty = (await git(source.dir, 'status', '--porcelain', '--', '.', ...without(leftOut, prefix))) !== '';
  const into = join(temporary, 'tree');
  const unpack = async (repository: string, commit: string, folder: string, to: string) => {
    const archive = join(temporary, 'export.tar');
    // The folder by its path, not as a tree of its own: attributes (git-lfs) may stand in the folders above it.
    const of = folder === '' ? [commit] : [commit, '--', folder];
    await git(repository, ...AS_COMMITTED, '--literal-pathspecs', 'archive', '--format=tar', '-o', archive, ...of);
    await mkdir(to, { recursive: true });
    await checked(runner.run(tarCommand(archive, to)), source);
  };
  await unpack(top, id, prefix, into);
  const dir = join(into, prefix);
  const pending = await submodules(git, source.dir, `${id}:${prefix}`);
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    const { path, commit } = module;
    if (isLeftOut(path, leftOut)) continue;
    const repository = join(source.dir, path);
    // In a folder that was never filled git finds the repository around it, which does not know the commit.
    await git(repository, 'cat-file', '-e', `${commit}^{tree}`).catch(error =>
      Promise.reject(submoduleMissing(source, path, error)),
    );
    await unpack(repository, commit, '', join(dir, path));
    for (const inner of await submodules(git, repository, commit)) pending.push({ ...inner, path: `${path}/${inner.path}` });
  }
  return { dir, commit: { id, ref: source.ref, dirty } };
}

/**
 * The commit that a directory is of, when it lies in a git work tree. What was built there and is not in the commit itself
 * was built from the whole tree. null = nobody can say.
 * @throws OpsError source-submodule
 */
export async function commitAround(source: SourceConfig, leftOut: LeftOut, runner: Runner): Promise<Commit | null> {
  const git = gitOf({ ...source, ref: 'HEAD' }, runner);
  const look = async () => {
    const told = await git(source.dir, 'rev-parse', '--show-prefix', 'HEAD^{commit}', '--abbrev-ref', 'HEAD');
    const [prefix = '', id = '', ref = ''] = told.split('\n');
    const modules = await submodules(git, source.dir, `${id}:${prefix}`).catch(() => null);
    const changes = await git(source.dir, 'status', '--porcelain', '--', modules ? '.' : ':/', ...without(leftOut, prefix));
    return { modules: modules ?? [], commit: { id, ref, dirty: changes !== '' } };
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

type Git = (dir: string, ...args: readonly string[]) => Promise<string>;

function gitOf(source: { dir: string; ref: string }, runner: Runner): Git {
  return (dir, ...args) => checked(runner.run(gitCommand(dir, args)), source);
}

/** A path may begin or end with blanks. */
function line(text: string): string {
  return text.replace(/\n$/, '');
}

function gitCommand(dir: string, args: readonly string[]): LocalSpec {
  return { program: 'git', environment: 'git', args: ['-C', dir, ...args], deadlineMs: 60_000, mutates: false };
}

/** Modes come from the archive, whatever the umask is. */
function tarCommand(archive: string, dir: string): LocalSpec {
  return { program: 'tar', environment: 'tar', args: ['-xpf', archive, '-C', dir], deadlineMs: 120_000, mutates: false };
}

async function checked(running: Promise<Result>, source: { dir: string; ref: string }): Promise<string> {
  const result = await running;
  if (result.reason === 'exited' && result.exit === 0) return result.stdout;
  if (result.reason === 'not-found') {
    throw new OpsError('git-missing', 'failed', 'git is not installed on this machine, and the source is a git commit');
  }
  const said = result.stderr.trim().split('\n')[0] ?? '';
  throw new OpsError('source-git', 'usage', `${source.dir} at ${source.ref}: ${said || 'git failed'}`, {
    hint: `git -C ${source.dir} log -1 ${source.ref}`,
  });
}
