import type { ExitName } from '../errors.ts';
import type { HostView } from './view.ts';

export type Verdict = 'pass' | 'warn' | 'fail' | 'skip' | 'unknown';
export type Vantage = 'operator' | 'host' | 'peer' | 'public';

export interface Finding {
  verdict: Verdict;
  /** Stable code of what was found, e.g. `peer-offline`; `ops explain CODE` says more. */
  code: string;
  /** One line for people; further lines are detail. */
  message: string;
  /** Commands that move the person forward. */
  remedies?: readonly string[];
  /** Exit code when this finding stops a run. Defaults to the check's own stage. */
  exit?: ExitName;
  /** What was seen, for --json and receipts. */
  observed?: Readonly<Record<string, unknown>>;
}

/**
 * One question about one host. A check only looks: what it says comes from an observation of the view. An observation
 * that could not be made throws, and so becomes the finding of the first check that needed it; later ones are skipped.
 */
export interface Check {
  id: string;
  title: string;
  vantage: Vantage;
  /** The exit code of its stage. */
  exit: ExitName;
  /** Identity, host key and lock: still asked when preflight is disabled. */
  always?: boolean;
  appliesTo?(view: HostView): boolean;
  run(view: HostView): Promise<Finding>;
}

export interface CheckResult extends Finding {
  id: string;
  title: string;
  /** Id of the host in ops.yaml. */
  host: string;
  vantage: Vantage;
  /** Exit code when it stops a run; only what can stop one has it. */
  exit?: ExitName;
  /** The check whose finding made this one pointless, when it was skipped. */
  needs?: string;
  durationMs: number;
}
