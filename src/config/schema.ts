import * as z from 'zod';
import type { Partly } from './draft.ts';
import { map } from './fields.ts';
import { SECTIONS } from './sections/index.ts';

type Shape = { [Key in keyof typeof SECTIONS]: (typeof SECTIONS)[Key]['schema'] };

/**
 * The written form of ops.yaml: it checks and never changes a value, so that the JSON Schema made from it describes the file
 * as people write it. What it means is normalize.ts's, what holds between keys is rules.ts's.
 */
export const schema = z.strictObject(
  Object.fromEntries(Object.entries(SECTIONS).map(([key, section]) => [key, section.schema])) as Shape,
  map,
);

export type Draft = Partly<z.infer<typeof schema>>;
