import type { Config, HostConfig, PreflightMode } from '../config/types.ts';
import type { Runner } from '../exec/runner.ts';
import type { Purpose } from './purpose.ts';

export interface PreflightOptions {
  config: Config;
  /** In the order in which they are reported. */
  hosts: readonly HostConfig[];
  purpose: Purpose;
  mode: PreflightMode;
  /** Break-glass: dial this address instead of the tailnet one. Host keys still come from the pin only. */
  via?: string;
  /** Runs commands on this machine. Preflight itself only ever uses a read-only view of it. */
  runner: Runner;
  /** Milliseconds since the epoch. */
  now: () => number;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}
