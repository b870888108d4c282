import type { Context } from '../../context.ts';
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
  const results = parts.map(part => outcomeOf(part).result).filter(result => result !== 'unchanged');
  if (results.every(result => result === 'done') || results.includes('unknown')) return [...parts];
  return Promise.all(
    parts.map(part => {
      const { result } = outcomeOf(part);
      // A first release that did well here is better than none.
      const stays = result === 'done' && part.plan.backTo === null;
      return (result === 'done' && !stays) || result === 'unproved' ? takeBack(context, plan, part) : part;
    }),
  );
}

/** Has the host leave a release that it proved itself: to the one that its plan names, or to nothing when there is none. */
export async function takeBack<P extends AppPart>(
  context: Context,
  plan: DeployPlan,
  part: P,
  /** What the release becomes when it did not answer here: one that a rollback went to was proven, and stays so. */
  fallen: 'failed' | 'proven' = 'failed',
): Promise<P> {
  const outcome = outcomeOf(part);
  const unproved = outcome.result === 'unproved';
  const { code, message } = outcome;
  const order = backOrder(part.plan, outcome.seen.current ?? `releases/${part.plan.release}`, {
    left: unproved ? fallen : 'left',
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
