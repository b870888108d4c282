import { realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Flaw } from '../../flaw.ts';
import { type AppRule, appPath } from './rule.ts';
import type { AppConfig } from './types.ts';

const LEADS_OUTSIDE = 'expected a directory below ops.yaml, found a link that leads outside';

type Context = Parameters<AppRule>[0];

/** What ops.yaml says of the project's own files. Only looks: starts nothing, reads no contents. */
export const sourcesExist: AppRule = async context => {
  const flaws = await Promise.all(Object.values(context.config.apps).map(app => findSourceProblems(app, context)));
  return flaws.flat();
};

async function findSourceProblems(app: AppConfig, { config, draft, intact }: Context): Promise<Flaw[]> {
  if (!intact(appPath(app, 'source'))) return [];
  const written = draft.apps?.[app.id]?.source;
  const path = typeof written === 'object' && written.dir !== undefined ? appPath(app, 'source', 'dir') : appPath(app, 'source');
  if (app.source.kind === 'git') {
    // The commit may hold a directory that the work tree lacks: git answers for what is inside.
    if (!(await isInWorkTree(config.root)))
      return [{ path, message: `expected a git work tree around ${config.root}, found none` }];
    const leads = (await kindOf(app.source.dir)) === 'a directory' && !(await staysWithin(app.source.dir, config));
    return leads ? [{ path, message: LEADS_OUTSIDE }] : [];
  }
  const found = await kindOf(app.source.dir);
  if (found !== 'a directory') return [{ path, message: `expected a directory, found ${found} at ${app.source.dir}` }];
  if (!(await staysWithin(app.source.dir, config))) return [{ path, message: LEADS_OUTSIDE }];
  return findUnitProblems(app, app.source.dir, draft);
}

async function findUnitProblems(app: AppConfig, dir: string, draft: Context['draft']): Promise<Flaw[]> {
  const keys = Object.keys(draft.apps?.[app.id]?.services ?? {});
  const flaws = app.services.map(async (service, index): Promise<Flaw[]> => {
    if (service.kind !== 'file') return [];
    const found = (await isBehindLink(dir, service.file)) ? 'a link' : await kindOf(join(dir, service.file));
    if (found === 'a file') return [];
    return [
      {
        path: appPath(app, 'services', keys[index] ?? '', 'unit'),
        message: `expected a unit file, found ${found} at ${join(dir, service.file)}`,
      },
    ];
  });
  return (await Promise.all(flaws)).flat();
}

async function kindOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return 'nothing';
  return stats.isDirectory() ? 'a directory' : stats.isFile() ? 'a file' : 'something else';
}

/** What a link leads to need not be of this project, or not what may be shown. */
async function isBehindLink(dir: string, path: string): Promise<boolean> {
  const target = await realpath(join(dir, path)).catch(() => null);
  return target !== null && target !== join(await realpath(dir), path);
}

/** A cloned project must not make its reader upload what lies outside it. */
async function staysWithin(dir: string, { root }: Context['config']): Promise<boolean> {
  const way = relative(await realpath(root), await realpath(dir));
  return way !== '..' && !way.startsWith(`..${sep}`);
}

async function isInWorkTree(directory: string): Promise<boolean> {
  if ((await kindOf(join(directory, '.git'))) !== 'nothing') return true;
  return directory !== dirname(directory) && isInWorkTree(dirname(directory));
}
