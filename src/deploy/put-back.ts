import type { Context } from '../context.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import { followHost } from './follow-host.ts';
import { hostRun, type Job } from './job.ts';
import type { Prepared } from './prepare.ts';

/**
 * When one host failed, those that took the new release go back by the same transaction. Where the outcome is unknown nothing is
 * touched: `ops resume` has to look first.
 */
export async function putBack(
  context: Context,
  prepared: Prepared,
  jobs: readonly Job[],
  outcomes: readonly HostOutcome[],
): Promise<HostOutcome[]> {
  const failed = outcomes.some(outcome => outcome.result !== 'deployed');
  const unknown = outcomes.some(outcome => outcome.result === 'unknown');
  if (!failed || unknown) return [...outcomes];
  return Promise.all(outcomes.map((outcome, index) => putHostBack(context, prepared, jobs[index]!, outcome)));
}

async function putHostBack(context: Context, prepared: Prepared, job: Job, outcome: HostOutcome): Promise<HostOutcome> {
  const took = outcome.result === 'deployed' || outcome.result === 'unverified';
  if (!took || job.plan.backTo === null) return outcome;
  const back = await followHost(context, hostRun(prepared, job), {
    plan: {
      ...job.plan,
      release: job.plan.backTo,
      fence: { current: `releases/${job.plan.release}`, units: job.wantedUnits },
    },
    run: { ...prepared.plan, run: `${prepared.plan.run}-back` },
    app: prepared.app,
    host: job.host,
    who: job.session.facts.who,
    mode: 'rollback',
  });
  const evidence = [...outcome.evidence, ...back.evidence];
  // A way back that failed may have ended on the new release again: only what serves now counts.
  if (back.current !== job.plan.backTo)
    return { ...back, result: back.result === 'unknown' ? 'unknown' : 'unverified', evidence };
  const { code, message } = outcome;
  return { ...back, result: outcome.result === 'unverified' ? 'rolled-back' : 'put-back', evidence, code, message };
}
