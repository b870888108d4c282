import * as z from 'zod';
import { schema } from './schema.ts';

/** Draft-7, which is what yaml-language-server reads. What only rules.ts can tell, such as an unknown host, is not in it. */
export function jsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(schema, { target: 'draft-7' });
  return `${JSON.stringify({ $schema, title: 'ops.yaml', ...body }, null, 2)}\n`;
}
