import * as z from 'zod';
import { type Flaw, type KeyPath, show } from './flaw.ts';
import { type Draft, schema } from './schema.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/**
 * Holds the data against the schema. The draft is the data without what the flaws speak of, so that the rules can still
 * judge the rest and one run shows every problem.
 */
export function checkShape(data: unknown): { draft: Draft; flaws: Flaw[] } {
  const parsed = schema.safeParse(data);
  if (parsed.success) return { draft: parsed.data, flaws: [] };
  const flaws = parsed.error.issues.flatMap(issue => describeIssue(issue, data, []));
  for (const { path } of flaws) remove(data, path);
  return { draft: isMap(data) ? (data as Draft) : {}, flaws };
}

function describeIssue(issue: Issue, data: unknown, above: KeyPath): Flaw[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ path: [...path, key], on: 'key', message: unknownKey(key, path) }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, on: 'key', message: `${issue.issues[0]?.message ?? issue.message}, found ${show(path.at(-1))}` }];
  }
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find(branch => !branch.some(inner => inner.code === 'invalid_type' && inner.path.length === 0));
    if (meant) return meant.flatMap(inner => describeIssue(inner, data, path));
  }
  const value = valueAt(data, path);
  if (value === undefined && isCommandReference(valueAt(data, path.slice(0, -1)), path)) return [];
  if (value === undefined) return [{ path, on: 'key', message: `missing: ${issue.message}` }];
  return [{ path, message: `${issue.message}, found ${isUnshown(path) && typeof value === 'string' ? 'text' : show(value)}` }];
}

function unknownKey(key: string, path: KeyPath): string {
  if (key === 'command' && inEnv(path)) return 'expected {env: NAME}: a {command: …} reference waits for ops trust';
  const known = knownKeys(schema, path);
  const near = suggest(key, known);
  return near ? `unknown key; did you mean ${near}?` : `unknown key; expected ${known.join(', ')}`;
}

/** The keys that may stand in the map at this path. Unions of the schema hold one kind of map at most. */
function knownKeys(at: z.core.$ZodType, path: KeyPath): string[] {
  if (at instanceof z.ZodOptional || at instanceof z.ZodNullable) return knownKeys(at.unwrap(), path);
  if (at instanceof z.ZodUnion) return at.options.flatMap(option => knownKeys(option, path));
  if (at instanceof z.ZodRecord) return knownKeys(at.valueType, path.slice(1));
  if (at instanceof z.ZodArray) return knownKeys(at.element, path.slice(1));
  if (!(at instanceof z.ZodObject)) return [];
  const [next, ...rest] = path;
  if (next === undefined) return Object.keys(at.shape);
  return knownKeys(at.shape[next], rest);
}

/** What is one text as a whole is no ops.yaml. Values of an app's env may be secrets that someone wrote down. */
function isUnshown(path: KeyPath): boolean {
  return path.length === 0 || inEnv(path);
}

function inEnv(path: KeyPath): boolean {
  return path[0] === 'apps' && path[2] === 'env';
}

function isCommandReference(around: unknown, path: KeyPath): boolean {
  return inEnv(path) && isMap(around) && 'command' in around;
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined,
    data,
  );
}

/** An item of a list leaves a hole, so that its neighbours keep their places; a host stays known by its key. */
function remove(data: unknown, path: KeyPath): void {
  const around = valueAt(data, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof around !== 'object' || around === null || last === undefined) return;
  if (path.length === 2 && path[0] === 'hosts') (around as Record<string, unknown>)[last] = null;
  else delete (around as Record<string | number, unknown>)[last];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
