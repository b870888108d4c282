import type { Context } from '../../context.ts';
import { formatPhase } from '../../host/protocol.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { attach, recall } from '../../run/attach.ts';
import { begin, ended, outcomeOf, plainOutcome, toldOf } from '../../run/part.ts';
import { transact } from '../../run/transact.ts';
import { DEPLOY } from '../capability.ts';
import type { FoundPart, PreparedResume } from '../resume.ts';
import type { DeployPlan } from '../steps.ts';
import { askFromHere } from './ask-from-here.ts';
import { confirmOn } from './confirm.ts';
import { orderWithoutFiles } from './order.ts';
import { failedHere, takeBack } from './take-back.ts';

/**
 * Watches what is alive, reports what has ended, and proves or takes back what was cut off half-way. Whoever was cut off may
 * not have come to the questions asked from here: they are asked of what serves now. A host is told of the answers only where
 * the plan has the questions.
 */
export async function executeResume(context: Context, { plan, parts }: PreparedResume): Promise<readonly HostOutcome[]> {
  const begun = begin(context, plan.run, parts);
  const resumed = await Promise.all(begun.map(part => resumeHost(context, plan, part)));
  const serving = resumed.filter(part => outcomeOf(part).result === 'done').map(withQuestions);
  const asked = await askFromHere(context, serving);
  const settled = await Promise.all(
    resumed.map(part => {
      const { outcome } = asked.find(({ host }) => host.id === part.host.id) ?? part;
      return settle(context, plan, { ...part, outcome });
    }),
  );
  return settled.map(outcomeOf);
}

/** Watching and reading are no steps, and yet what serves is asked. */
function withQuestions(part: FoundPart): FoundPart {
  const { plan, questions } = part;
  return plan.steps.length > 0 ? part : { ...part, plan: { ...plan, steps: questions } };
}

async function settle(context: Context, plan: DeployPlan, part: FoundPart): Promise<FoundPart> {
  const { found } = part;
  const outcome = outcomeOf(part);
  // The proof belongs to the run that brought the release, unless this one had to finish it.
  if (found.kind === 'alive' && outcome.result === 'done' && outcome.seen.state === 'active') {
    const message = `${outcome.seen.release} is live and not proven yet: whoever brought it asks it from where they are`;
    return ended(part, { ...outcome, message, hints: [`ops resume ${found.run.run}   (asks from here, when nobody else does)`] });
  }
  if (outcome.result === 'done') {
    const run = found.kind !== 'half-way' && found.run ? found.run.run : plan.run;
    return confirmOn(context, { ...plan, run }, part);
  }
  if (!failedHere(outcome)) return part;
  // What had ended before may have served for a year: that it does not answer here is told, and nothing more.
  if (found.kind !== 'half-way') return ended(part, { ...outcome, hints: [...outcome.hints, `ops rollback ${part.plan.app}`] });
  return takeBack(context, plan, part, found.run.mode === 'rollback' ? 'kept' : 'failed');
}

async function resumeHost(context: Context, plan: DeployPlan, part: FoundPart): Promise<FoundPart> {
  const { found, facts } = part;
  switch (found.kind) {
    case 'alive':
    case 'ended':
      return attach(context, DEPLOY, part, found.run);
    case 'older':
      return recall(context, part, found.run, facts.lastRun);
    case 'half-way':
      return transact(context, { capability: DEPLOY, plan }, part, orderWithoutFiles('resume', part.plan));
    case 'nothing-changed':
      return ended(part, nothingChanged(context, plan, part));
  }
}

function nothingChanged(context: Context, { run: id }: DeployPlan, part: FoundPart): HostOutcome {
  const { run } = part.found;
  const outcome = plainOutcome(toldOf(context, id, part), 'not-started', seenIn(part));
  if (run === null) return { ...outcome, message: 'nothing is unfinished here' };
  const message = `${run.mode} ${run.run} by ${run.by} is ${formatPhase(run.phase)}, or was cut off there: it has changed nothing`;
  return { ...outcome, message, hints: [`ops deploy ${part.plan.app}`] };
}

function seenIn({ facts }: FoundPart): HostOutcome['seen'] {
  const release = facts.current?.release;
  return release ? { release } : {};
}
