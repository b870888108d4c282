import type { Params } from '../host/compose.ts';
import type { ProgramName } from '../host/programs.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { RunRecord } from './read-outcome.ts';

/** What the shared life of a change needs to know of the capability whose change it is. */
export interface Capability<H extends HostPlan = HostPlan> {
  /** As plans and receipts name it. */
  id: string;
  /** Its transaction on hosts, and the programs that start and follow it. */
  programs: { transaction: ProgramName; start: ProgramName; follow: ProgramName };
  /** The run removes the state that would hold it, so it lies where the next boot clears up. */
  volatile: boolean;
  /** Where its runs lie on this host: parameters that name the app, or none for the host itself. */
  place(plan: H): Params;
  /** What an outcome means here: its hints, its exit code, and what of the record belongs into it. */
  interpret(outcome: HostOutcome, record: RunRecord, plan: H): HostOutcome;
  /** One line for a host where all went well. */
  done(outcome: HostOutcome, plan: H): string;
}

/** What one host is told besides its place: made of its plan alone. */
export interface Order {
  mode: string;
  /** `key=value` lines that others see of the run while it goes on. */
  note: readonly string[];
  params: Params;
  blobs: Readonly<Record<string, string>>;
  /** A later phase of a run that has its record already. */
  again?: boolean;
}
