import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OpsError } from '../errors.ts';
import { printable } from './flaw.ts';
import type { ConfigRequest } from './types.ts';

const NAMES = ['ops.yaml', 'ops.yml'];

/** Absolute path of the config: `--config`, else OPS_CONFIG, else the first ops.yaml from `cwd` up to the top of its git work tree. */
export async function findConfig({ file, cwd, env }: ConfigRequest): Promise<{ file: string; override: string | null }> {
  if (file !== undefined) return { file: resolve(cwd, file), override: `--config=${printable(file)}` };
  if (env.OPS_CONFIG) return { file: resolve(cwd, env.OPS_CONFIG), override: `OPS_CONFIG=${printable(env.OPS_CONFIG)}` };
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    for (const name of NAMES) {
      if (await exists(join(directory, name))) return { file: join(directory, name), override: null };
    }
    if (directory === dirname(directory) || (await exists(join(directory, '.git')))) {
      throw new OpsError('config-not-found', 'usage', `no ops.yaml in ${printable(resolve(cwd))} or above it`, {
        hint: ['ops config check --config FILE', 'ops config example'],
      });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
