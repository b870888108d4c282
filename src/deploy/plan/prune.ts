import { currentRelease, newest, settledExcept } from '../../host/facts/releases.ts';
import type { DeployPlan } from '../steps.ts';
import { type PlanInput, type PlannedHost, planAsItIs, planOf, retainStep } from './base.ts';
import { beyond } from './retention.ts';

export interface PruneFacts extends PlanInput {
  keep: number;
  hosts: readonly PlannedHost[];
}

/** Removes what nobody needs: releases beyond `keep`, and what uploads of dead runs left. */
export function planPrune(input: PruneFacts): DeployPlan {
  const { app, keep, hosts } = input;
  const plans = hosts.map(host => {
    const { releases, leftovers } = host.facts;
    const current = currentRelease(host.facts);
    const backTo = newest(settledExcept(host.facts, current))?.id ?? null;
    const remove = beyond(releases, keep, [current?.id ?? null, backTo]);
    const due = remove.length > 0 || leftovers.length > 0;
    return { ...planAsItIs(host, app), backTo, steps: due ? [retainStep(keep, remove)] : [] };
  });
  return planOf('prune', input, plans);
}
