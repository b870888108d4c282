import type * as z from 'zod';
import type { Partly } from '../draft.ts';
import type { EnvAllow } from '../env-allow.ts';
import type { Flaw, KeyPath } from '../flaw.ts';
import type { YamlFile } from '../load.ts';
import type { Overrides } from '../overrides.ts';

/**
 * One top-level key of ops.yaml: how it is written, what it means, what must hold. It says in the types of its parameters
 * what it reads of other sections (`HostsDraft`, `HostsConfig`), so that no section needs to know them all.
 */
export interface Section {
  readonly schema: z.ZodType;
  /** What the section adds to the config. `before` holds what the sections above it in index.ts added. */
  normalize(draft: never, around: Surroundings, before: never): object;
  readonly rules: readonly Rule<never, never>[];
  /** The hosts that its entries name: `local` needs no entry in hosts where one of them names it. */
  namedHosts?(draft: never): readonly string[];
}

/** A section as it is in the draft of the whole file. */
export type DraftOf<Key extends string, Schema extends z.ZodType> = {
  readonly [Each in Key]?: Partly<z.infer<Schema>> | undefined;
};

/** What the written form cannot say by itself. */
export interface Surroundings {
  /** The folder that relative paths start from. */
  root: string;
  home: string;
  /** Who runs ops: the account of the host `local`. */
  account: { user: string; root: boolean };
  overrides: Pick<Overrides, 'auth' | 'user'>;
  sourceOf: YamlFile['sourceOf'];
  /** Of all sections. */
  namedHosts: ReadonlySet<string>;
}

/** What must hold between keys, or between a key and the project's files. */
export type Rule<Config, Draft> = (context: RuleContext<Config, Draft>) => readonly Flaw[] | Promise<readonly Flaw[]>;

export interface RuleContext<Config, Draft> {
  /** The resolved config. What the shape check refused holds a default here: ask `intact` before judging by it. */
  config: Config;
  /** The written config, to tell what was written from what was filled in. */
  draft: Draft;
  /** True when nothing at this path, above it or below it was refused. */
  intact(path: KeyPath): boolean;
  /** What ops.yaml may read of the environment. */
  envAllow: Pick<EnvAllow, 'mayRead'>;
}
