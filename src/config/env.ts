import { OpsError, type Problem } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { AppConfig, Config, EnvReference, ResolvedEnv } from './types.ts';

/**
 * Looks references up at the last moment. An empty variable counts as missing: CI systems pass an undefined secret as ''.
 * Throws `credential-missing` with one problem for each reference; `keyPath` says where the app's env is written.
 */
export function resolveEnv(
  env: AppConfig['env'],
  variables: Readonly<Record<string, string | undefined>>,
  keyPath = 'env',
): ResolvedEnv {
  const read = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  const missing = Object.entries(env).filter(
    (entry): entry is [string, EnvReference] => typeof entry[1] !== 'string' && !read(entry[1].env),
  );
  if (missing.length > 0) throw missingVariables(missing, read, keyPath);
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : new Secret(`env ${value.env}`, read(value.env) ?? ''),
    ]),
  );
}

/** The secrets of all apps that are set here: whatever is printed or kept must not show them, even when nothing is deployed. */
export function knownSecrets(config: Config, variables: Readonly<Record<string, string | undefined>>): Secret[] {
  const references = Object.values(config.apps).flatMap(app => Object.values(app.env));
  return references.flatMap(value => {
    const text = typeof value === 'string' || !Object.hasOwn(variables, value.env) ? undefined : variables[value.env];
    return typeof value === 'string' || !text ? [] : [new Secret(`env ${value.env}`, text)];
  });
}

function missingVariables(
  missing: readonly [string, EnvReference][],
  read: (name: string) => string | undefined,
  keyPath: string,
): OpsError {
  const names = [...new Set(missing.map(([, { env }]) => env))];
  const problems = missing.map(([key, { env }]): Problem => {
    const found = read(env) === undefined ? 'unset' : 'empty';
    return { key: `${keyPath}.${key}`, message: `expected the environment variable ${env}, found it ${found}` };
  });
  return new OpsError('credential-missing', 'credential-missing', `not set: ${names.join(', ')}`, {
    hint: names.map(name => `export ${name}=…`),
    problems,
  });
}
