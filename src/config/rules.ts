import type { Flaw } from './flaw.ts';
import type { Draft } from './schema.ts';
import { SECTIONS } from './sections/index.ts';
import type { RuleContext } from './sections/section.ts';
import type { Config } from './types.ts';

/** What must hold between keys, or between a key and the project's files: every rule of every section. */
export async function applyRules(context: RuleContext<Config, Draft>): Promise<Flaw[]> {
  const flaws = Object.values(SECTIONS).flatMap(({ rules }) => rules.map(rule => rule(context)));
  return (await Promise.all(flaws)).flat();
}
