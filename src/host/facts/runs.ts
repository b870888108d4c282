import { isReleaseId, isRunId, isText } from '../../forms.ts';
import { type Block, blocks } from '../answer.ts';
import { atBlank, fitting } from './fitting.ts';
import { number } from './number.ts';
import { isoTime } from './time.ts';
import type { RunFacts } from './types.ts';

/** Blocks of `key=value` lines, one a run; without an id of its own it is none. */
export function parseRuns(lines: readonly string[]): RunFacts[] {
  return blocks(lines).flatMap(block => (isRunId(block.get('run')?.[0] ?? '') ? [parseRun(block)] : []));
}

export function parseRun(block: Block): RunFacts {
  const one = (key: string) => fitting(isText, block.get(key)?.[0]) ?? '';
  const release = (key: string) => fitting(isReleaseId, block.get(key)?.[0]);
  return {
    run: one('run'),
    mode: one('mode'),
    release: release('release') ?? '',
    by: one('by'),
    since: isoTime(number(one('since'))) ?? '',
    phase: one('phase'),
    about: aboutOf(block),
    before: release('before'),
    alive: one('alive') === '1',
    record: parseRecord(block.get('record') ?? []),
  };
}

/** `about.NAME=value` lines of the intent. */
function aboutOf(block: Block): Readonly<Record<string, string>> {
  const named = [...block].filter(([key, [value = '']]) => /^about\.[a-z]+$/.test(key) && isText(value));
  const about = Object.fromEntries(named.map(([key, [value = '']]) => [key.slice('about.'.length), value]));
  return Object.assign(record<string>(), about);
}

/** `key value` lines of a record, in order; null when there are none. */
export function parseRecord(lines: readonly string[]): Readonly<Record<string, readonly string[]>> | null {
  if (lines.length === 0) return null;
  const values = record<string[]>();
  for (const [key, value] of lines.map(atBlank)) {
    values[key] ??= [];
    values[key].push(value);
  }
  return values;
}

/** For keys that a host chooses: nothing is in it that was not put there. */
export function record<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
