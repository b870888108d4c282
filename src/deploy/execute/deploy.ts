import type { Context } from '../../context.ts';
import { formatBytes } from '../../format.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { followHost, hostRun, toldOf, untouched } from '../../run/follow.ts';
import { failedOutcome } from '../../run/start.ts';
import { adopt } from '../adopt.ts';
import { type Job, jobsOf } from '../job.ts';
import type { Prepared } from '../prepare.ts';
import { askFromHere } from './ask-from-here.ts';
import { confirm } from './confirm.ts';
import { releaseMeta } from './order.ts';
import { putBack } from './put-back.ts';
import { uploadRelease } from './upload.ts';

/**
 * Uploads everywhere before anything is activated anywhere; then all hosts side by side, then the questions asked from here.
 * When one host fails, the others go back to what they served before.
 */
export async function executeDeploy(context: Context, prepared: Prepared): Promise<HostOutcome[]> {
  const jobs = jobsOf(context, prepared);
  const active = jobs.filter(job => job.plan.steps.length > 0);
  const idle = jobs
    .filter(job => job.plan.steps.length === 0)
    .map(job => untouched(context, hostRun(prepared, job), 'unchanged', job.plan.release));
  const failures = await upload(context, prepared, active);
  const outcomes =
    failures.size > 0 || context.signal.aborted
      ? active.map(job => failures.get(job) ?? untouched(context, hostRun(prepared, job), 'not-started', job.plan.previous))
      : await Promise.all(active.map(job => activateHost(context, prepared, job)));
  const seen = await askFromHere(context, prepared, active, outcomes);
  const settled = await confirm(context, prepared.app, active, await putBack(context, prepared, active, seen));
  return [...idle, ...settled].sort((a, b) => (a.host < b.host ? -1 : 1));
}

async function upload(context: Context, prepared: Prepared, jobs: readonly Job[]): Promise<Map<Job, HostOutcome>> {
  const failures = new Map<Job, HostOutcome>();
  if (jobs.length === 0) return failures;
  const row = (state: 'start' | 'progress' | 'done' | 'failed', text: string) =>
    context.emit({ type: 'row', row: 'upload', state, text });
  const total = jobs.reduce((sum, job) => sum + uploadBytes(job), 0);
  const sent = new Map<Job, number>();
  row('start', formatBytes(total));
  await Promise.all(
    jobs.map(async job => {
      try {
        const taken = job.plan.steps.find(step => step.kind === 'adopt');
        if (taken)
          await adopt(job.session.runner, prepared.plan, job.plan, prepared.app, job.host, job.session.facts.who, taken.link);
        await uploadRelease(
          context,
          {
            run: prepared.plan,
            plan: job.plan,
            app: prepared.app,
            host: job.host,
            who: job.session.facts.who,
            runner: job.session.runner,
            manifest: prepared.source.manifest,
            from: prepared.source.dir,
            difference: job.difference,
          },
          bytes => {
            sent.set(job, bytes);
            const done = [...sent.values()].reduce((sum, count) => sum + count, 0);
            row('progress', `${formatBytes(done)} of ${formatBytes(total)}`);
          },
        );
      } catch (error) {
        failures.set(job, failedOutcome(toldOf(context, hostRun(prepared, job)), error));
      }
    }),
  );
  if (failures.size > 0) row('failed', [...failures.values()].map(outcome => outcome.host).join(', '));
  else row('done', total === 0 ? 'nothing to send' : `${formatBytes(total)} sent`);
  return failures;
}

function activateHost(context: Context, prepared: Prepared, job: Job): Promise<HostOutcome> {
  const { plan, app, source } = prepared;
  const { who } = job.session.facts;
  return followHost(context, hostRun(prepared, job), {
    plan: job.plan,
    run: plan,
    app,
    host: job.host,
    who,
    mode: 'deploy',
    digest: source.manifest.digest,
    meta: releaseMeta(plan, job.plan, who, new Date(context.now()).toISOString()),
    wanted: job.wanted,
  });
}

function uploadBytes(job: Job): number {
  return job.plan.steps.reduce((sum, step) => sum + (step.kind === 'upload' ? step.bytes : 0), 0);
}
