import type { Context } from '../context.ts';
import type { HostResult, Outcome } from '../plan/outcome.ts';
import { type DeployRequest, type Prepared, pause, prepareDeploy } from './prepare.ts';

const LOST: readonly HostResult[] = ['lock-held', 'stale'];
const UNTOUCHED: readonly HostResult[] = [...LOST, 'unchanged', 'not-started'];

/**
 * Prepares a deploy and has it carried out. The lock is taken after the plan was made: with time left to wait, who loses it
 * prepares again, from what the winner leaves. `carryOut` tells whether `again` took the outcome.
 */
export async function deployInTurn(
  context: Context,
  request: DeployRequest,
  carryOut: (prepared: Prepared, again: (outcome: Outcome) => boolean) => Promise<boolean>,
): Promise<void> {
  const until = context.now() + request.waitMs;
  const left = () => Math.max(0, until - context.now());
  const again = (outcome: Outcome) => wasOvertaken(outcome) && left() > 0 && !context.signal.aborted;
  for (;;) {
    const prepared = await prepareDeploy(context, { ...request, waitMs: left() });
    if (!(await carryOut(prepared, again))) return;
    context.emit({ type: 'note', text: 'somebody else was quicker and nothing was changed: planning again' });
    await prepared.close();
    await pause(context);
  }
}

/** Somebody else was quicker, and no host was changed by this run: the same may be planned again from how things are now. */
export function wasOvertaken({ hosts }: Pick<Outcome, 'hosts'>): boolean {
  return hosts.some(({ result }) => LOST.includes(result)) && hosts.every(({ result }) => UNTOUCHED.includes(result));
}
