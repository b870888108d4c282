import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { parseYaml } from '../../src/config/load.ts';
import { load } from './in-folder.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const REFERENCE = `${EXAMPLES}/reference.ops.yaml`;
const SCHEMA = new URL('../../schema/ops.schema.json', import.meta.url);

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  items?: Schema;
  anyOf?: Schema[];
}

/** Every key path that the schema knows, with * for names and list items: `apps.*.probes.*.http`. */
function schemaKeys({ properties = {}, additionalProperties, items, anyOf = [] }: Schema, above = ''): string[] {
  const named = Object.entries(properties).flatMap(([key, schema]) => [
    `${above}${key}`,
    ...schemaKeys(schema, `${above}${key}.`),
  ]);
  const any = [additionalProperties, items].flatMap(schema => (schema ? schemaKeys(schema, `${above}*.`) : []));
  return [...named, ...any, ...anyOf.flatMap(schema => schemaKeys(schema, above))];
}

/** The same for what a file says; the second `apps` entry counts for the same keys as the first. */
function writtenKeys(data: unknown, known: ReadonlySet<string>, above = ''): string[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    const path = known.has(`${above}${key}`) ? `${above}${key}` : `${above}*`;
    return [path, ...writtenKeys(value, known, `${path}.`)];
  });
}

it('the reference config loads', async () => {
  const config = await load(EXAMPLES, { file: 'reference.ops.yaml' });
  expect(Object.keys(config.hosts)).toEqual(['web1', 'web2', 'local']);
  expect(config.apps.web?.services.map(({ kind }) => kind)).toEqual(['run', 'file', 'existing']);
});

it('the reference config uses every key of the schema', async () => {
  const known = new Set(schemaKeys(JSON.parse(jsonSchema())));
  expect(known.size).toBeGreaterThan(50);
  const { data } = parseYaml(await readFile(REFERENCE, 'utf8'));
  const written = new Set(writtenKeys(data, known));
  expect([...known].filter(key => !written.has(key))).toEqual([]);
});

it('the reference config explains every line that holds a key', async () => {
  const lines = (await readFile(REFERENCE, 'utf8')).split('\n');
  const silent = lines.filter((line, index) => {
    const opensSection = line.endsWith(':') && lines[index + 1]?.includes('#');
    return /^\s*(- )?[\w.-]+:/.test(line) && !line.includes('#') && !lines[index - 1]?.trim().startsWith('#') && !opensSection;
  });
  expect(silent.filter(line => line !== 'apps:')).toEqual([]);
});

it('the JSON Schema is current', async () => {
  const written = await readFile(SCHEMA, 'utf8');
  expect(written === jsonSchema(), 'schema/ops.schema.json is out of date: run `node scripts/schema.ts` and commit it').toBe(
    true,
  );
});

it('the JSON Schema is draft-7 and explains every key', () => {
  const schema = JSON.parse(jsonSchema());
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  const silent = (node: Schema & { description?: string }, path: string): string[] => [
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
      ...('description' in child ? [] : [`${path}${key}`]),
      ...silent(child, `${path}${key}.`),
    ]),
    ...[node.additionalProperties, node.items, ...(node.anyOf ?? [])].flatMap(child => (child ? silent(child, `${path}*.`) : [])),
  ];
  expect(silent(schema, '')).toEqual([]);
});
