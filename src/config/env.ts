import { OpsError, type Problem } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { AppConfig, Config, EnvReference, ResolvedEnv } from './types.ts';

/**
 * Looks references up at the last moment. An empty variable counts as missing: CI systems pass an undefined secret as ''.
 * `keyPath` says where the app's env is written.
 * @throws OpsError credential-missing or credential-not-text, with one problem for each reference
 */
export function resolveEnv(
  env: AppConfig['env'],
  variables: Readonly<Record<string, string | undefined>>,
  keyPath = 'env',
): ResolvedEnv {
  const read = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  const references = Object.entries(env).filter((entry): entry is [string, EnvReference] => typeof entry[1] !== 'string');
  const missing = references.filter(([, { env: name }]) => !read(name));
  if (missing.length > 0) throw missingVariables(missing, read, keyPath);
  // Node reads what is not UTF-8 as U+FFFD: the app would get other bytes than those that are set here.
  const damaged = references.filter(([, { env: name }]) => read(name)?.includes('\ufffd'));
  if (damaged.length > 0) throw notText(damaged, keyPath);
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : new Secret(`env ${value.env}`, read(value.env) ?? ''),
    ]),
  );
}

/** What people put in the place of a value until they have it; a reference that only a shell would have replaced, too. */
const PLACEHOLDER =
  /^(?:change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|it)|place[-_ ]?holder|insert[-_ ].*here|your[-_ ].+|to[-_ ]?do|fix[-_ ]?me|tbd|x{3,}|<[^<>]+>|\$\{?\w+\}?)$/i;

/** Variables whose value looks as if nobody had filled it in, by name. */
export function placeholders(env: ResolvedEnv): string[] {
  return Object.keys(env).filter(name => {
    const value = env[name]!;
    return PLACEHOLDER.test((value instanceof Secret ? value.reveal() : value).trim());
  });
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

function notText(damaged: readonly [string, EnvReference][], keyPath: string): OpsError {
  const names = [...new Set(damaged.map(([, { env }]) => env))];
  const problems = damaged.map(([key, { env }]): Problem => {
    return { key: `${keyPath}.${key}`, message: `expected UTF-8 text in the environment variable ${env}` };
  });
  return new OpsError('credential-not-text', 'usage', `not UTF-8: ${names.join(', ')}`, {
    hint: `printenv ${names[0]} | iconv -f UTF-8   (shows where; set it anew, bytes as base64)`,
    problems,
  });
}
