import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { OpsError } from '../errors.ts';
import type { ProjectFile } from '../files/project-file.ts';
import { printable } from './flaw.ts';
import { requireOurs } from './ours.ts';
import type { ConfigRequest } from './types.ts';

const NAMES = ['ops.yaml', 'ops.yml'];

export interface ConfigPlace {
  /** Absolute. Relative paths in the file start from its folder, also where it is a link. */
  file: string;
  override: string | null;
  /** Where it lies in the project that it was found in; null = the person named it, and means whatever it leads to. */
  inside: ProjectFile | null;
}

/**
 * The config: `--config`, else OPS_CONFIG, else the first ops.yaml from `cwd` up to the top of its git work tree.
 * @throws OpsError config-not-found, config-not-ours or config-unreadable
 */
export async function findConfig({ file, cwd, env }: ConfigRequest): Promise<ConfigPlace> {
  if (file !== undefined) return { file: resolve(cwd, file), override: `--config=${printable(file)}`, inside: null };
  if (env.OPS_CONFIG)
    return { file: resolve(cwd, env.OPS_CONFIG), override: `OPS_CONFIG=${printable(env.OPS_CONFIG)}`, inside: null };
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    for (const name of NAMES) {
      const found = join(directory, name);
      if (await exists(found)) return { file: found, override: null, inside: await insideOf(found) };
    }
    if (directory === dirname(directory) || (await exists(join(directory, '.git')))) {
      throw new OpsError('config-not-found', 'usage', `no ops.yaml in ${printable(resolve(cwd))} or above it`, {
        hint: ['ops config check --config FILE', 'ops config example'],
      });
    }
  }
}

/** Nobody asked for this very file. It may be a link to another one of its project, and to nothing else. */
async function insideOf(file: string): Promise<ProjectFile> {
  const root = await realpath(dirname(file));
  const target = await realpath(file).catch(cause => {
    throw elsewhere(file, 'a link that leads nowhere', cause);
  });
  const path = relative(root, target);
  if (path === '..' || path.startsWith(`..${sep}`))
    throw elsewhere(file, `a link to ${printable(target)}, outside of its folder`);
  await requireOurs(file, target);
  return { root, path };
}

function elsewhere(file: string, found: string, cause?: unknown): OpsError {
  return new OpsError('config-unreadable', 'usage', `${printable(file)}: expected a file, found ${found}`, {
    hint: `--config ${printable(file)}, when you mean it`,
    cause,
  });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
