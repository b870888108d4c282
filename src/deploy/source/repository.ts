import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { OpsError } from '../../errors.ts';
import { quoteCommand } from '../../exec/quote.ts';
import type { Result, Runner } from '../../exec/runner.ts';
import { overridesOf, type Setting } from './git-settings.ts';

/** For every git, whatever a repository says: of its own it runs nothing, and one that is a bare folder in a tree is none. */
const ALWAYS = [
  ...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'safe.bareRepository=explicit'],
  ...['protocol.ext.allow=never', 'submodule.recurse=false', 'diff.external='],
];

export type Git = (dir: string, ...args: readonly string[]) => Promise<string>;

/** The work tree that the source lies in, and a git that runs nothing of its configuration, nor of any that it is asked in. */
export interface Repository {
  top: string;
  /** From there to the source: empty, or with a / at its end. */
  prefix: string;
  git: Git;
  /** Filters that it and its submodules bring, which would have made other bytes of their files: keys of their configuration. */
  filters: readonly string[];
}

/**
 * Of a folder that is not there, as a commit may have one that the work tree lacks, the work tree that it would lie in.
 * @throws OpsError source-git, or git-missing
 */
export async function openRepository(source: { dir: string; ref: string }, runner: Runner): Promise<Repository> {
  const dir = await realpath(source.dir).catch(() => source.dir);
  const top = await workTreeAround(dir);
  if (top === null) throw gitFailed(source, `no git work tree around ${dir}`);
  const known = new Set<string>();
  const off = new Map<string, string>();
  const filters: string[] = [];
  const run = async (at: string, args: readonly string[]) => {
    const settings = [...ALWAYS, ...[...off].map(([key, value]) => `${key}=${value}`)].flatMap(each => ['-c', each]);
    const spec = { program: 'git', environment: 'git', args: ['-C', at, ...settings, ...args] } as const;
    return checked(await runner.run({ ...spec, deadlineMs: 60_000, mutates: false }), source, [...off.keys()]);
  };
  const learn = async (at: string): Promise<void> => {
    if (known.has(at)) return;
    known.add(at);
    const found = overridesOf(parseSettings(await run(at, ['config', '--list', '--show-scope', '-z'])));
    if (found.refused !== null) throw gitFailed(source, `${found.refused} in the configuration of ${at} cannot be switched off`);
    for (const [key, value] of found.off) off.set(key, value);
    filters.push(...found.filters);
    // A git here starts one in each submodule, which has a configuration of its own.
    for (const path of gitLinks(await run(at, ['ls-files', '--stage', '-z']))) {
      if (await isWorkTree(join(at, path))) await learn(join(at, path));
    }
  };
  const git: Git = async (at, ...args) => {
    await learn(at);
    return run(at, args);
  };
  await learn(top);
  const prefix = relative(top, dir);
  return { top, prefix: prefix === '' ? '' : `${prefix}/`, git, filters };
}

/** By its .git, which no commit can hold; a bare repository can be in one. */
export async function isWorkTree(dir: string): Promise<boolean> {
  return lstat(join(dir, '.git')).then(
    () => true,
    () => false,
  );
}

async function workTreeAround(dir: string): Promise<string | null> {
  if (await isWorkTree(dir)) return dir;
  return dir === dirname(dir) ? null : workTreeAround(dirname(dir));
}

function parseSettings(text: string): Setting[] {
  const fields = text.split('\0');
  const settings: Setting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key = '', ...value] = fields[at + 1]!.split('\n');
    settings.push({ scope: fields[at]!, key, value: value.join('\n') });
  }
  return settings;
}

function gitLinks(stages: string): string[] {
  return stages.split('\0').flatMap(entry => (entry.startsWith('160000 ') ? [entry.slice(entry.indexOf('\t') + 1)] : []));
}

function checked(result: Result, source: { dir: string; ref: string }, off: readonly string[]): string {
  if (result.reason === 'exited' && result.exit === 0) return result.stdout;
  if (result.reason === 'not-found') {
    throw new OpsError('git-missing', 'failed', 'git is not installed on this machine, and the source is a git commit');
  }
  throw gitFailed(source, result.stderr.trim().split('\n')[0] || 'git failed', off);
}

/** `off` are settings of the repository that git went without: what it lacked may be one of them. */
function gitFailed({ dir, ref }: { dir: string; ref: string }, why: string, off: readonly string[] = []): OpsError {
  const without = off.length === 0 ? '' : `; git went without ${off.join(', ')} of its configuration`;
  return new OpsError('source-git', 'usage', `${dir} at ${ref}: ${why}${without}`, {
    hint: quoteCommand(['git', '-C', dir, 'log', '-1', ref]),
  });
}
