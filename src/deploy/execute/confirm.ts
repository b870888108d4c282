import type { Context } from '../../context.ts';
import { ended, outcomeOf, toldOf } from '../../run/part.ts';
import { readOutcome } from '../../run/read-outcome.ts';
import { send } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { AppPart } from '../parts.ts';
import type { DeployPlan } from '../steps.ts';
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
  if (outcome.result !== 'done' || current === undefined || state === 'proven' || !isAskedFromHere(part.plan)) return part;
  const host = { ...part.plan, release: release ?? part.plan.release };
  const { proven, why, now } = await send(
    { capability: DEPLOY, plan },
    { ...part, plan: host },
    confirmOrder(host, current),
  ).then(
    answer => {
      const { outcome: told, record } = readOutcome(answer, toldOf(context, plan.run, part));
      const why = told.message ?? 'it has changed since';
      return {
        proven: told.result === 'done' && record.state?.[0] === 'proven',
        why,
        now: DEPLOY.interpret(told, record, host).seen,
      };
    },
    (error: Error) => ({ proven: false, why: error.message, now: outcome.seen }),
  );
  // What answered here may have been theirs.
  if (!proven && now.current !== undefined && now.current !== current) {
    const message = `${release} went live, and somebody else was quicker than its proof: current is ${now.current}`;
    return ended(part, { ...outcome, result: 'unknown', code: 'outcome-unknown', message, hints: ['ops status'], seen: now });
  }
  if (!proven) {
    context.emit({ type: 'note', text: `${part.host.id} does not know that ${release} answered: ${why}   → ops resume` });
  }
  const seen = proven ? { ...outcome.seen, state: 'proven' } : outcome.seen;
  return ended(part, { ...outcome, seen, executions: part.session.runner.executions });
}
