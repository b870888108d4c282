import type { Context } from '../../context.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { followHost, type HostRun, hostRun } from '../../run/follow.ts';
import type { Job } from '../job.ts';
import type { Prepared } from '../prepare.ts';
import type { StartCall } from './order.ts';

/**
 * When one host failed, those that took the new release go back. Where the outcome is unknown nothing is touched: `ops resume`
 * has to look first.
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
  return Promise.all(
    outcomes.map((outcome, index) => {
      const job = jobs[index]!;
      // A first release that did well here is better than none.
      const stays = outcome.result === 'deployed' && job.plan.backTo === null;
      const took = outcome.result === 'deployed' || outcome.result === 'unverified';
      if (!took || stays) return outcome;
      return takeBack(context, hostRun(prepared, job), { ...job, who: job.session.facts.who }, outcome);
    }),
  );
}

/** Has the host leave a release that it proved itself: to the one before it, or to nothing when there is none. */
export async function takeBack(
  context: Context,
  run: HostRun,
  { plan, who }: Pick<StartCall, 'plan' | 'who'>,
  outcome: HostOutcome,
  /** What the release becomes when it did not answer here: one that a rollback went to was proven, and stays so. */
  fallen: 'failed' | 'proven' = 'failed',
): Promise<HostOutcome> {
  const unverified = outcome.result === 'unverified';
  const { code, message } = outcome;
  const back = await followHost(context, run, {
    plan: { ...plan, fence: { current: `releases/${plan.release}`, units: '' } },
    run: { ...run.plan, run: `${run.plan.run}-back` },
    app: run.app,
    host: run.host,
    who,
    mode: 'back',
    back: {
      to: plan.backTo,
      left: unverified ? fallen : 'left',
      code: code ?? 'put-back',
      why: message ?? 'another host failed',
    },
  });
  const told = { ...back, evidence: [...outcome.evidence, ...back.evidence], hints: [...outcome.hints, ...back.hints] };
  switch (back.result) {
    case 'rolled-back':
      return { ...told, result: unverified ? 'rolled-back' : 'put-back', code, message };
    case 'not-serving':
    case 'unknown':
      return told;
    default:
      // It never came to going back: the new release serves on.
      return { ...told, result: 'unverified' };
  }
}
