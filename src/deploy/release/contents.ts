import { hash } from 'node:crypto';
import type { ResolvedEnv } from '../../config/types.ts';
import { BugError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { environmentFile } from './environment-file.ts';

/** What a plan only names, since plans are printed and kept: texts by their sha256, and the values of variables. */
export interface Contents {
  texts: ReadonlyMap<string, string>;
  env: ResolvedEnv;
}

/** The text that a step names. @throws BugError when it is not there, or not what the digest says. */
export function textOf({ texts }: Contents, digest: string): string {
  const text = texts.get(digest);
  if (text === undefined || hash('sha256', text) !== digest)
    throw new BugError(`no content has the digest ${digest} of the plan`);
  return text;
}

/** The env file of just these variables. @throws BugError when one has no value, or one from elsewhere than the plan says. */
export function environmentOf({ env }: Contents, variables: readonly { name: string; from: string }[]): string {
  const missing = variables.find(({ name, from }) => !Object.hasOwn(env, name) || sourceOf(env[name]!) !== from);
  if (missing) throw new BugError(`no value is known for ${missing.name} of the plan, from ${missing.from}`);
  return environmentFile(Object.fromEntries(variables.map(({ name }) => [name, env[name]!])));
}

/** As a plan names it: where a value comes from, which is safe to show. */
function sourceOf(value: ResolvedEnv[string]): string {
  return value instanceof Secret ? value.label : 'ops.yaml';
}
