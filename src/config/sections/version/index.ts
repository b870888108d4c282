import * as z from 'zod';
import type { Section } from '../section.ts';

export const version = {
  schema: z.literal(1, { error: 'expected 1' }).describe('Version of this format.'),
  normalize: () => ({}),
  rules: [],
} satisfies Section;
