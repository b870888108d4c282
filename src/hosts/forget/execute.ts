import type { Context } from '../../context.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { begin, isOpen, outcomeOf, type Part } from '../../run/part.ts';
import { transact } from '../../run/transact.ts';
import { loadPins, pinsFile, savePins } from '../../tailnet/pins-file.ts';
import { FORGET } from './capability.ts';
import { forgetOrder } from './order.ts';
import type { PreparedForget } from './prepare.ts';
import type { ForgetHostPlan } from './steps.ts';

/** Removes what the plan lists, and the host's pin when nothing of ours is left there. */
export async function executeForget(context: Context, { plan, parts }: PreparedForget): Promise<readonly HostOutcome[]> {
  const begun = begin(context, plan.run, parts);
  const forgotten = await Promise.all(
    begun.map(part => (isOpen(part) ? transact(context, { capability: FORGET, plan }, part, forgetOrder(part.plan)) : part)),
  );
  await forgetPins(context, forgotten);
  return forgotten.map(outcomeOf);
}

/** Of hosts where nothing of ours is left. */
export async function forgetPins(context: Context, parts: readonly Part<ForgetHostPlan>[]): Promise<void> {
  const gone = parts.filter(part => outcomeOf(part).result === 'done' && part.plan.only === null);
  // Not the peer's: by --via a host is reached that the tailnet does not know.
  const names = gone.map(({ plan }) => plan.fqdn);
  const file = pinsFile(context.config.file);
  const pins = await loadPins(file);
  const kept = pins.filter(pin => !names.includes(pin.fqdn));
  if (kept.length < pins.length) await savePins(file, kept);
}
