import type { AppConfig, HostConfig } from '../config/types.ts';
import { type Context, createRunId } from '../context.ts';
import type { AppFacts } from '../host/facts/types.ts';
import type { HostSession } from '../preflight/types.ts';
import { describeOverrides, hostPlanOf } from '../run/host-plan.ts';
import type { OpenHosts } from '../run/open.ts';
import type { OpenHost } from '../run/part.ts';
import type { Prepared } from '../run/use-case.ts';
import type { AppPart } from './parts.ts';
import type { PlanInput, PlannedHost } from './plan/base.ts';
import type { DeployPlan } from './steps.ts';

/** What a plan of any kind starts from. */
export function planInput(context: Context, app: AppConfig, run: string = createRunId()): PlanInput {
  return { config: context.config, app, run, overrides: describeOverrides(context) };
}

export function plannedHost(host: HostConfig, session: HostSession, facts: AppFacts): PlannedHost {
  return { ...hostPlanOf(host, session), facts };
}

/** Plans over open hosts that are sent no files, and lets go of them when that fails. */
export async function prepareOver<H extends OpenHost & { facts: AppFacts }>(
  open: Omit<OpenHosts, 'hosts'> & { hosts: readonly H[] },
  plan: (hosts: readonly (H & { planned: PlannedHost })[]) => DeployPlan,
): Promise<Prepared<DeployPlan, H & AppPart>> {
  try {
    const hosts = open.hosts.map(item => ({ ...item, planned: plannedHost(item.host, item.session, item.facts) }));
    const made = plan(hosts);
    return { plan: made, preflight: open.preflight, parts: partsOf(made, hosts), close: () => open.close() };
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** Each host with its own plan, in the order of the plan. */
export function partsOf<H extends OpenHost & { facts: AppFacts }>({ hosts }: DeployPlan, open: readonly H[]): (H & AppPart)[] {
  return hosts.map(plan => ({ ...open.find(({ host }) => host.id === plan.host)!, plan, started: 0, outcome: null }));
}
