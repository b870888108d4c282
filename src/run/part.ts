import type { HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { BugError } from '../errors.ts';
import type { HostOutcome, HostResult } from '../plan/outcome.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { HostSession } from '../preflight/types.ts';

/** A host that preflight let through, its connection open. */
export interface OpenHost {
  host: HostConfig;
  session: HostSession;
}

/** One host of a run on its way through it. Immutable: a stage takes parts and returns the next ones. */
export interface Part<H extends HostPlan = HostPlan> extends OpenHost {
  plan: H;
  /** Milliseconds since the epoch. */
  started: number;
  /** null until it is known what became of this host. */
  outcome: HostOutcome | null;
}

/** The parts as their run begins: the time, and that those without steps have all of it already. */
export function begin<P extends Part>(context: Pick<Context, 'now'>, run: string, parts: readonly P[]): P[] {
  const started = context.now();
  return parts.map(part => {
    const begun = { ...part, started };
    return part.plan.steps.length > 0 ? begun : ended(begun, plainOutcome(toldOf(context, run, begun), 'unchanged'));
  });
}

/** Nothing is known of it yet: it has work to do. */
export function isOpen({ outcome }: Part): boolean {
  return outcome === null;
}

/** @throws BugError while a host has none: every run ends with one for each. */
export function outcomeOf(part: Part): HostOutcome {
  if (part.outcome === null) throw new BugError(`nobody knows what became of ${part.host.id}`);
  return part.outcome;
}

export function ended<P extends Part>(part: P, outcome: HostOutcome): P {
  return { ...part, outcome };
}

/** What every outcome says besides how it came out. */
export type Told = Pick<HostOutcome, 'host' | 'executions' | 'seconds'> & {
  run: string;
  /** ISO time. */
  at: string;
};

export function toldOf(
  context: Pick<Context, 'now'>,
  run: string,
  { host, session, started }: Omit<Part, 'outcome' | 'plan'>,
): Told {
  const now = context.now();
  return {
    run,
    host: host.id,
    executions: session.runner.executions,
    seconds: (now - started) / 1000,
    at: new Date(now).toISOString(),
  };
}

/** An outcome with nothing to explain. */
export function plainOutcome(
  { host, executions, seconds }: Told,
  result: HostResult,
  seen: HostOutcome['seen'] = {},
): HostOutcome {
  return { host, result, code: null, message: null, details: [], hints: [], seen, evidence: [], executions, seconds };
}
