import type { Context } from '../../context.ts';
import type { Answer } from '../../host/answer.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { ended, outcomeOf, type Told, toldOf } from '../../run/part.ts';
import { outcomeOfError, readOutcome } from '../../run/read-outcome.ts';
import { send } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { AppPart } from '../parts.ts';
import type { DeployHostPlan, DeployPlan } from '../steps.ts';
import { isAskedFromHere } from './ask-from-here.ts';
import { confirmOrder } from './order.ts';

/**
 * Tells the hosts whose release answered here that it is proven now, as a last phase of the run, under its lock: without it
 * nobody who goes on after us takes it for that. One that cannot be told serves all the same, so that is a note and no failure.
 */
export async function confirm<P extends AppPart>(context: Context, plan: DeployPlan, parts: readonly P[]): Promise<P[]> {
  return Promise.all(parts.map(part => confirmOn(context, plan, part)));
}

export async function confirmOn<P extends AppPart>(context: Context, plan: DeployPlan, part: P): Promise<P> {
  const outcome = outcomeOf(part);
  const { current, release, state } = outcome.seen;
  if (outcome.result !== 'done' || current === undefined || state !== 'active' || !isAskedFromHere(part.plan)) return part;
  const host = { ...part.plan, release: release ?? part.plan.release };
  const change = { capability: DEPLOY, plan };
  const heard = await send(change, { ...part, plan: host }, confirmOrder(host, current)).then(
    answer => read(answer, toldOf(context, plan.run, part), { host, current }),
    (error: unknown): Heard => unheard(error, toldOf(context, plan.run, part)),
  );
  const counted = { ...outcome, executions: part.session.runner.executions };
  switch (heard.kind) {
    case 'settled':
      return ended(part, { ...counted, seen: { ...outcome.seen, state: heard.state } });
    case 'untold':
      context.emit({
        type: 'note',
        text: `${part.host.id} does not know that ${release} answered: ${heard.why}   → ops resume ${plan.run}`,
      });
      return ended(part, counted);
    case 'bug':
      return ended(part, { ...counted, ...heard.outcome, seen: outcome.seen, evidence: outcome.evidence });
    case 'overtaken': {
      const message = `${release} went live, and somebody else was quicker than its proof: ${heard.why}`;
      const seen = heard.seen ?? outcome.seen;
      return ended(part, { ...counted, result: 'unknown', code: 'outcome-unknown', message, hints: ['ops status'], seen });
    }
  }
}

type Heard =
  | { kind: 'settled'; state: 'proven' | 'stable' }
  | { kind: 'untold'; why: string }
  | { kind: 'bug'; outcome: HostOutcome }
  /** Another run changes the host, or has changed it: what answered here may have been theirs. */
  | { kind: 'overtaken'; why: string; seen: HostOutcome['seen'] | null };

/** A connection that went away is a note; what nobody foresaw is none. */
function unheard(error: unknown, told: Told): Heard {
  const outcome = outcomeOfError(told, error, 'what went live serves on');
  return outcome.exit === 'bug' ? { kind: 'bug', outcome } : { kind: 'untold', why: (error as Error).message };
}

function read(answer: Answer, told: Told, { host, current }: { host: DeployHostPlan; current: string }): Heard {
  const { outcome, record } = readOutcome(answer, told);
  if (outcome.result === 'lock-held') return { kind: 'overtaken', why: outcome.message ?? 'the lock is held', seen: null };
  const { seen } = DEPLOY.interpret(outcome, record, host);
  if (seen.current !== undefined && seen.current !== current)
    return { kind: 'overtaken', why: `current is ${seen.current}`, seen };
  const state = record.state?.[0];
  if (outcome.result === 'done' && (state === 'proven' || state === 'stable')) return { kind: 'settled', state };
  return { kind: 'untold', why: outcome.message ?? 'it was not noted' };
}
