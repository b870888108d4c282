import { writeFile } from 'node:fs/promises';
import { jsonSchema } from '../src/config/json-schema.ts';

/** Writes the JSON Schema that editors check ops.yaml with: node scripts/schema.ts */
await writeFile(new URL('../schema/ops.schema.json', import.meta.url), jsonSchema());
