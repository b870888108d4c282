import { apps } from './apps/index.ts';
import { checks } from './checks/index.ts';
import { defaults } from './defaults/index.ts';
import { hosts } from './hosts/index.ts';
import { tailnet } from './tailnet/index.ts';
import { version } from './version/index.ts';

/**
 * The keys of ops.yaml, one line a section. Their order is that of the schema, of the resolved config, and of the rules; a section
 * finds resolved what stands above it.
 */
export const SECTIONS = { version, tailnet, defaults, hosts, apps, checks };

/** What all sections add to the config. */
export type Resolved = All<ReturnType<(typeof SECTIONS)[keyof typeof SECTIONS]['normalize']>>;

/** A & B for A | B. */
type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Each) => void ? Each : never;
