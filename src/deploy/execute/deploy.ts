import type { Context } from '../../context.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { begin, ended, isOpen, outcomeOf, plainOutcome, toldOf } from '../../run/part.ts';
import { transact } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { PreparedDeploy, UploadPart } from '../parts.ts';
import { ManifestCache } from '../source/manifest-cache.ts';
import type { DeployPlan } from '../steps.ts';
import { askFromHere } from './ask-from-here.ts';
import { confirm } from './confirm.ts';
import { deployOrder } from './order.ts';
import { putBack } from './take-back.ts';
import { unstage } from './unstage.ts';
import { upload } from './upload.ts';

/**
 * Uploads everywhere before anything goes live anywhere; then all hosts side by side, then the questions asked from here.
 * When one host fails, the others go back to what they served before.
 */
export async function executeDeploy(context: Context, prepared: PreparedDeploy): Promise<readonly HostOutcome[]> {
  const { plan, source } = prepared;
  const begun = begin(context, plan.run, prepared.parts);
  const uploaded = await upload(context, prepared, begun);
  const live = await goLive(context, plan, uploaded);
  const asked = await askFromHere(context, live);
  const settled = await putBack(context, plan, asked);
  const confirmed = await confirm(context, plan, settled);
  const outcomes = confirmed.map(outcomeOf);
  if (outcomes.every(({ result }) => result === 'done' || result === 'unchanged'))
    await new ManifestCache(context.cacheDir).write(source.manifest);
  return outcomes;
}

/** Nowhere, when a single host could not be sent the release. */
async function goLive(context: Context, plan: DeployPlan, parts: readonly UploadPart[]): Promise<UploadPart[]> {
  const bars = context.signal.aborted || parts.some(part => part.outcome?.result === 'failed');
  if (bars) await Promise.all(parts.map(part => unstage(plan, part)));
  return Promise.all(
    parts.map(part => {
      if (!isOpen(part)) return part;
      if (bars) return ended(part, notStarted(context, plan, part));
      return transact(context, { capability: DEPLOY, plan }, part, deployOrder(plan, part.plan, part.contents));
    }),
  );
}

function notStarted(context: Context, { run }: DeployPlan, part: UploadPart): HostOutcome {
  const { previous } = part.plan;
  return plainOutcome(toldOf(context, run, part), 'not-started', previous === null ? {} : { release: previous });
}
