import type { Secret } from '../secret.ts';
import type { PreflightMode } from './request.ts';
import type { Resolved } from './sections/index.ts';

export type * from './request.ts';
export type * from './sections/apps/types.ts';
export type * from './sections/checks/types.ts';
export type * from './sections/hosts/types.ts';

/** ops.yaml after load, schema, normalise and rules: no optionals left to guess, every default filled in. */
export interface Config extends Resolved {
  /** Absolute path of ops.yaml, and the folder that relative paths in it start from. */
  file: string;
  root: string;
  /** sha256 of the bytes that were read. */
  digest: string;
  preflight: PreflightMode;
  /** What did not come from ops.yaml, e.g. `OPS_AUTH=tailscale_ssh`: printed in every receipt. */
  overrides: readonly string[];
}

/** The app's environment with its references resolved, at the last moment. */
export type ResolvedEnv = Readonly<Record<string, string | Secret>>;
