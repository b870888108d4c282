import type { Context } from '../../context.ts';
import { linkOf } from '../../host/facts/releases.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { ended, outcomeOf } from '../../run/part.ts';
import { transact } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { AppPart } from '../parts.ts';
import type { DeployPlan } from '../steps.ts';
import { backOrder } from './order.ts';

/**
 * When one host failed, those that took the new release go back. Where the outcome is unknown nothing is touched: `ops resume`
 * has to look first.
 */
export async function putBack<P extends AppPart>(context: Context, plan: DeployPlan, parts: readonly P[]): Promise<P[]> {
  return Promise.all(parts.map(part => (isToGoBack(part, parts) ? takeBack(context, plan, part) : part)));
}

/** Because it did not answer here, or because another host of the run failed. */
export function isToGoBack(part: AppPart, parts: readonly AppPart[]): boolean {
  const outcomes = parts.map(outcomeOf);
  if (outcomes.every(isLive) || outcomes.some(({ result }) => result === 'unknown')) return false;
  const outcome = outcomeOf(part);
  // A first release that did well here is better than none.
  return failedHere(outcome) || (outcome.result !== 'unchanged' && isLive(outcome) && part.plan.backTo !== null);
}

/** It did not answer where this machine asked it. One that the host itself cannot prove is live all the same. */
export function failedHere({ result, code }: HostOutcome): boolean {
  return result === 'unproved' && code === 'operator-probe';
}

function isLive(outcome: HostOutcome): boolean {
  const { result } = outcome;
  return result === 'done' || result === 'unchanged' || (result === 'unproved' && !failedHere(outcome));
}

/** Has the host leave a release that it proved itself: to the one that its plan names, or to nothing when there is none. */
export async function takeBack<P extends AppPart>(
  context: Context,
  plan: DeployPlan,
  part: P,
  /** What the release becomes when it did not answer here: one that a rollback went to keeps its state. */
  fallen: 'failed' | 'kept' = 'failed',
): Promise<P> {
  const outcome = outcomeOf(part);
  const { code, message } = outcome;
  const order = backOrder(part.plan, outcome.seen.current ?? linkOf(part.facts, part.plan.release), {
    left: failedHere(outcome) ? fallen : 'left',
    code: code ?? 'put-back',
    why: message ?? 'another host failed',
  });
  const back = outcomeOf(
    await transact(context, { capability: DEPLOY, plan: { ...plan, run: `${plan.run}-back` } }, part, order),
  );
  const told = { ...back, evidence: [...outcome.evidence, ...back.evidence], hints: [...outcome.hints, ...back.hints] };
  switch (back.result) {
    case 'reverted':
      return ended(part, { ...told, code: code ?? 'put-back', message });
    case 'stuck':
    case 'unknown':
      return ended(part, told);
    default:
      // It never came to going back: the new release serves on. Who was refused the lock did not look.
      return ended(part, { ...told, result: 'unproved', seen: back.seen.current === undefined ? outcome.seen : back.seen });
  }
}
