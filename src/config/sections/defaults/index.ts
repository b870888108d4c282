import type { Section } from '../section.ts';
import { schema } from './schema.ts';

/** Means nothing by itself: the sections that it speaks for read it. */
export const defaults = { schema, normalize: () => ({}), rules: [] } satisfies Section;
