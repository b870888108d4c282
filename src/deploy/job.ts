import type { Context } from '../context.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { Prepared, PreparedHost } from './prepare.ts';

/** One host on its way through a deploy. */
export interface Job extends PreparedHost {
  plan: HostPlan;
  /** Milliseconds since the epoch. */
  started: number;
}

/** In the order of the plan. */
export function jobsOf(context: Context, prepared: Prepared): Job[] {
  return prepared.plan.hosts.map(plan => {
    const host = prepared.hosts.find(item => item.host.id === plan.host)!;
    return { ...host, plan, started: context.now() };
  });
}
