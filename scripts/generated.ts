import { existsSync, readFileSync } from 'node:fs';
import { jsonSchema } from '../src/config/json-schema.ts';
import { EXIT_CODES } from '../src/errors.ts';
import { commandSurface } from './command-surface.ts';
import { jsonSurface } from './json-surface.ts';
import { ROOT } from './program.ts';

export interface Generated {
  /** From the root of the project. */
  readonly path: string;
  readonly content: string;
}

/** Every committed file, or part of one, that follows from the source: `npm run snapshot` writes them, a test compares. */
export async function generatedFiles(): Promise<Generated[]> {
  const { documents, voices, types } = jsonSurface();
  const readme = `${ROOT}README.md`;
  return [
    { path: 'schema/ops.schema.json', content: jsonSchema() },
    { path: 'test/surface/commands.snapshot.json', content: pretty(await commandSurface()) },
    { path: 'test/surface/exit-codes.snapshot.json', content: pretty(EXIT_CODES) },
    { path: 'test/surface/documents.snapshot.json', content: pretty({ documents, voices, types }) },
    ...(existsSync(readme) ? [{ path: 'README.md', content: withExitCodes(readFileSync(readme, 'utf8')) }] : []),
  ];
}

const BEGIN = '<!-- exit-codes -->';
const END = '<!-- /exit-codes -->';

/** The text with the table of exit codes between its markers. @throws without markers */
export function withExitCodes(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`README.md lost its markers ${BEGIN} … ${END}: put them around the table of exit codes`);
  const rows = Object.values(EXIT_CODES).map(({ code, means }) => `| ${code} | ${means} |`);
  const table = ['| exit | means |', '|---:|---|', ...rows].join('\n');
  return `${text.slice(0, begin)}${BEGIN}\n${table}\n${text.slice(end)}`;
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
