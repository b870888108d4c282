import type { AppConfig } from '../config/types.ts';
import { type Context, createRunId } from '../context.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import type { HostPlan, Plan } from '../plan/plan.ts';
import { chooseApp, hostsOf } from '../preflight/index.ts';
import { followHost, hostRun, untouched } from '../run/follow.ts';
import { nameOf } from '../run/host-name.ts';
import { type OpenHost, type OpenHosts, openHosts } from '../run/open.ts';
import { askFromHere } from './execute/ask-from-here.ts';
import { takeBack } from './execute/put-back.ts';
import { planRollback } from './plan/rollback.ts';
import { planInput } from './prepare.ts';
import { goingBack } from './purposes.ts';

export interface RollbackRequest {
  app: string | null;
  hosts: readonly string[];
  /** Release id or the end of one; null = the last proven release before current. */
  to: string | null;
}

/** A plan over open hosts: what rollback and prune hold between the question and the answer. */
export interface PreparedRun extends OpenHosts {
  plan: Plan;
  app: AppConfig;
}

export async function prepareRollback(context: Context, request: RollbackRequest): Promise<PreparedRun> {
  const app = chooseApp(context, request.app);
  return planOver(await openHosts(context, hostsOf(context, app, request.hosts), goingBack(app)), app, open =>
    planRollback({
      ...planInput(context, app, createRunId()),
      to: request.to,
      hosts: open.map(item => plannedHost(context, item)),
    }),
  );
}

/** Plans, and lets go of the hosts when that fails. */
export async function planOver(
  open: OpenHosts,
  app: AppConfig,
  plan: (hosts: readonly OpenHost[]) => Plan,
): Promise<PreparedRun> {
  try {
    return { ...open, app, plan: plan(open.hosts) };
  } catch (error) {
    await open.close();
    throw error;
  }
}

export function plannedHost(context: Context, { host, session, facts }: OpenHost) {
  return { host: host.id, fqdn: nameOf(host, session), via: context.via, facts };
}

/** The same transaction as a deploy, to a release that the host already has; and the same questions from here. */
export async function executeRollback(context: Context, prepared: PreparedRun): Promise<HostOutcome[]> {
  const { plan } = prepared;
  const planned = plan.hosts.map(each => ({ ...prepared.hosts.find(({ host }) => host.id === each.host)!, plan: each }));
  const outcomes = await Promise.all(plan.hosts.map(each => runOnHost(context, prepared, each, 'rollback')));
  const seen = await askFromHere(context, prepared, planned, outcomes);
  return Promise.all(
    seen.map((outcome, index) => {
      if (outcome.result !== 'unverified') return outcome;
      const on = planned[index]!;
      const run = hostRun(prepared, { ...on, started: context.now() });
      return takeBack(context, run, { plan: on.plan, who: on.session.facts.who }, outcome, 'proven');
    }),
  );
}

/** One transaction that sends no files. */
export async function runOnHost(
  context: Context,
  prepared: PreparedRun,
  plan: HostPlan,
  mode: 'rollback' | 'prune',
): Promise<HostOutcome> {
  const on = prepared.hosts.find(item => item.host.id === plan.host)!;
  const run = hostRun(prepared, { ...on, started: context.now() });
  if (plan.steps.length === 0) return untouched(context, run, 'unchanged', plan.release);
  return followHost(context, run, { plan, run: run.plan, app: run.app, host: run.host, who: on.session.facts.who, mode });
}
