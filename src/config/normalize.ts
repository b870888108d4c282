import type { Overrides } from './overrides.ts';
import type { Draft } from './schema.ts';
import { type Resolved, SECTIONS } from './sections/index.ts';
import type { Surroundings } from './sections/section.ts';
import type { Config } from './types.ts';

/** Written form → resolved form: defaults, overrides, absolute paths, milliseconds. Total: it takes a draft, and the rules judge the result. */
export function normalize(draft: Draft, around: Origin): Config {
  const sections = Object.values(SECTIONS);
  const namedHosts = new Set(sections.flatMap(section => ('namedHosts' in section ? section.namedHosts(draft) : [])));
  // Complete after the loop only, which the types cannot say: a section reads what stands above it.
  const resolved = {} as Resolved;
  for (const section of sections) Object.assign(resolved, section.normalize(draft, { ...around, namedHosts }, resolved));
  const { file, root, digest, overrides } = around;
  return { file, root, digest, ...resolved, preflight: overrides.preflight, overrides: overrides.names };
}

/** The file that a draft was read from, and what counts besides it. */
interface Origin extends Omit<Surroundings, 'namedHosts'> {
  /** Absolute path of ops.yaml. */
  file: string;
  digest: string;
  overrides: Overrides;
}
