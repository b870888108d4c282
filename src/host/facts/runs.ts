import type { Block } from '../answer.ts';
import { number } from './number.ts';
import { isoTime } from './time.ts';
import type { RunFacts } from './types.ts';

export function parseRun(block: Block): RunFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  return {
    run: one('run'),
    mode: one('mode'),
    release: one('release'),
    by: one('by'),
    since: isoTime(number(one('since'))) ?? '',
    phase: one('phase'),
    about: aboutOf(block),
    before: one('before') || null,
    alive: one('alive') === '1',
    record: parseRecord(block.get('record') ?? []),
  };
}

/** `about.NAME=value` lines of the intent. */
function aboutOf(block: Block): Readonly<Record<string, string>> {
  const named = [...block].filter(([key]) => key.startsWith('about.'));
  return Object.fromEntries(named.map(([key, [value = '']]) => [key.slice('about.'.length), value]));
}

/** `key value` lines of a record, in order; null when there are none. */
export function parseRecord(lines: readonly string[]): Readonly<Record<string, readonly string[]>> | null {
  if (lines.length === 0) return null;
  const record: Record<string, string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(' ');
    const key = at < 0 ? line : line.slice(0, at);
    record[key] = [...(record[key] ?? []), at < 0 ? '' : line.slice(at + 1)];
  }
  return record;
}
