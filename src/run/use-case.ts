import type { Context } from '../context.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { Preflight } from '../preflight/types.ts';
import type { Part } from './part.ts';

/** How a text on a host changes that its plan names by digest alone. Shown to who asks, and never kept. */
export interface TextChange {
  host: string;
  path: string;
  /** Null = it cannot be shown. */
  before: string | null;
  after: string | null;
}

/** A plan together with what it takes to carry it out. Whoever holds it closes it. */
export interface Prepared<L extends Plan = Plan, P extends Part = Part> {
  plan: L;
  preflight: Preflight;
  /** One a host, in the order of the plan. */
  parts: readonly P[];
  /** None unless the request asks for them. */
  texts?: readonly TextChange[];
  close(): Promise<void>;
}

/** One way to change hosts: read everything and plan, then, once the plan is agreed to, do what it says. */
export interface UseCase<Request, P extends Prepared = Prepared> {
  /** An empty plan is carried out all the same, unasked: then it only watches and reads. */
  looksWhenEmpty?: boolean;
  prepare(context: Context, request: Request): Promise<P>;
  execute(context: Context, prepared: P): Promise<readonly HostOutcome[]>;
}
