import type { Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';

/** How a capability speaks of its changes. Lines are for people, and already sanitised; the rest is data. */
export interface Voice<L extends Plan = Plan> {
  /** Asked before anything changes, naming the target. */
  question(plan: L): string;
  /** Names of the rows of the progress list, in order. */
  rows(plan: L): readonly string[];
  /** The plan as a person agrees to it: what goes where, and what happens when it fails. */
  plan(plan: L): readonly string[];
  /** The truth about a plan without steps. */
  nothing(plan: L): readonly string[];
  /** The last word of a run: what failed, then one line that tells the truth. */
  outcome(outcome: Outcome, plan: L): readonly string[];
  /** What a document of this capability has besides what all of them have. */
  document(outcome: Outcome, plan: L): object;
}

/** How rows of `ops status` read. A method, so that each voice may ask for rows of its own kind. */
export type StatusVoice = { bivariant(rows: readonly object[], now: number): readonly string[] }['bivariant'];
