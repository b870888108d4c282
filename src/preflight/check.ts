import type { ExitName } from '../errors.ts';
import type { Concern } from './concerns.ts';
import type { Finding, Vantage } from './result.ts';
import type { HostView } from './view.ts';

/** Code → what it means, what usually causes it, what to do: two or three sentences each. */
export type Explanations = Readonly<Record<string, string>>;

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
  concerns: Concern;
  /** Identity, host key and lock: still asked when preflight is disabled. */
  always?: boolean;
  /** Every code that it can give: those of its own, and of observations that no earlier check tells of. */
  codes: Explanations;
  run(view: HostView): Promise<Finding>;
}
