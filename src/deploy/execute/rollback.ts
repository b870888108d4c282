import type { Context } from '../../context.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { begin, isOpen, outcomeOf } from '../../run/part.ts';
import { transact } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { AppPart, PreparedApp } from '../parts.ts';
import { askFromHere } from './ask-from-here.ts';
import { orderWithoutFiles } from './order.ts';
import { failedHere, takeBack } from './take-back.ts';

/**
 * The same transaction as a deploy, to a release that the host already has; and the same questions from here. Each host is on its
 * own: one that went is asked also where another one did not.
 */
export async function executeRollback(context: Context, prepared: PreparedApp): Promise<readonly HostOutcome[]> {
  const live = await transactAll(context, prepared, 'rollback');
  const asked = await askFromHere(
    context,
    live.filter(part => outcomeOf(part).result === 'done'),
  );
  const settled = await Promise.all(
    live.map(before => {
      const part = asked.find(({ host }) => host.id === before.host.id) ?? before;
      return failedHere(outcomeOf(part)) ? takeBack(context, prepared.plan, part, 'kept') : part;
    }),
  );
  return settled.map(outcomeOf);
}

export async function executePrune(context: Context, prepared: PreparedApp): Promise<readonly HostOutcome[]> {
  return (await transactAll(context, prepared, 'prune')).map(outcomeOf);
}

/** One transaction without files on every host that has work to do. */
function transactAll(context: Context, { plan, parts }: PreparedApp, mode: 'rollback' | 'prune'): Promise<AppPart[]> {
  return Promise.all(
    begin(context, plan.run, parts).map(part =>
      isOpen(part) ? transact(context, { capability: DEPLOY, plan }, part, orderWithoutFiles(mode, part.plan)) : part,
    ),
  );
}
