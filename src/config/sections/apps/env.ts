import * as z from 'zod';
import type { Partly } from '../../draft.ts';
import { map, variable } from '../../fields.ts';
import type { EnvReference } from './types.ts';

export const envValue = z.union(
  [
    z.string().regex(/^[^\0]*$/, { error: 'expected text without NUL' }),
    z.number(),
    z.boolean(),
    z.strictObject({ env: variable.describe("Variable of the operator's environment.") }, map),
  ],
  { error: 'expected text, a number, true, false or {env: NAME}' },
);

/** A number keeps its own spelling: `1.10` is a version to whoever wrote it. */
export function normalizeEnv(value: Partly<z.infer<typeof envValue>> | undefined, source: string | null): string | EnvReference {
  if (typeof value === 'object') return { env: value.env ?? '' };
  return typeof value === 'string' ? value : (source ?? String(value));
}
