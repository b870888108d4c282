import type { ExitName } from '../errors.ts';

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
