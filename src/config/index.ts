import type { Config, ConfigRequest } from './types.ts';

export { describeConfig } from './describe.ts';
export { knownSecrets, placeholders, resolveEnv } from './env.ts';
export type * from './types.ts';

/**
 * Reads ops.yaml and gives it its full meaning. Throws one OpsError that holds every problem: `config-invalid`,
 * or `config-not-found` and `config-unreadable` when there is nothing to look at. The YAML and schema libraries
 * load on the first call only, so that commands without a config start fast.
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const { understandConfig } = await import('./understand.ts');
  return understandConfig(request);
}
