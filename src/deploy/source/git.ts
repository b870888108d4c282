import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import type { LocalSpec, Result, Runner } from '../../exec/runner.ts';

export interface Commit {
  /** Full hash. */
  id: string;
  /** Branch or ref as the config names it. */
  ref: string;
  /** The work tree has changes that are not in this commit, so not in the release. */
  dirty: boolean;
}

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
  temporary: string,
  runner: Runner,
): Promise<{ dir: string; commit: Commit }> {
  const git = (...args: string[]) => runner.run(gitCommand(source.dir, args));
  const id = (await checked(git('rev-parse', '--verify', '--end-of-options', `${source.ref}^{commit}`), source)).trim();
  const prefix = (await checked(git('rev-parse', '--show-prefix'), source)).trim();
  const changes = await checked(git('status', '--porcelain', '--', '.'), source);
  const archive = join(temporary, 'export.tar');
  const dir = join(temporary, 'tree');
  await mkdir(dir);
  // From the top of the work tree, so that the prefix means the same in every folder.
  const tree = prefix === '' ? id : `${id}:${prefix.replace(/\/$/, '')}`;
  const top = (await checked(git('rev-parse', '--show-toplevel'), source)).trim();
  await checked(runner.run(gitCommand(top, [...AS_COMMITTED, 'archive', '--format=tar', '-o', archive, tree])), source);
  await checked(runner.run(tarCommand(archive, dir)), source);
  return { dir, commit: { id, ref: source.ref, dirty: changes.trim() !== '' } };
}

function gitCommand(dir: string, args: readonly string[]): LocalSpec {
  return { program: 'git', environment: 'git', args: ['-C', dir, ...args], deadlineMs: 60_000, mutates: false };
}

/** Modes come from the archive, whatever the umask is. */
function tarCommand(archive: string, dir: string): LocalSpec {
  return { program: 'tar', environment: 'tar', args: ['-xpf', archive, '-C', dir], deadlineMs: 120_000, mutates: false };
}

async function checked(running: Promise<Result>, source: GitSource): Promise<string> {
  const result = await running;
  if (result.reason === 'exited' && result.exit === 0) return result.stdout;
  if (result.reason === 'not-found') {
    throw new OpsError('git-missing', 'failed', 'git is not installed on this machine, and the source is a git commit');
  }
  const line = result.stderr.trim().split('\n')[0] ?? '';
  throw new OpsError('source-git', 'usage', `${source.dir} at ${source.ref}: ${line || 'git failed'}`, {
    hint: `git -C ${source.dir} log -1 ${source.ref}`,
  });
}
