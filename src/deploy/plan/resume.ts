import type { AppConfig } from '../../config/types.ts';
import { currentRelease, isSettled, newest, settledExcept } from '../../host/facts/releases.ts';
import { servingUnits } from '../../host/facts/services.ts';
import type { AppFacts, RunFacts } from '../../host/facts/types.ts';
import type { Found } from '../../run/find.ts';
import type { DeployHostPlan, DeployPlan } from '../steps.ts';
import { type PlanInput, type PlannedHost, planAsItIs, planOf, restartStep, stableStep } from './base.ts';
import { probeStepsFromHere } from './probes.ts';

export interface ResumeFacts extends PlanInput {
  hosts: readonly (PlannedHost & { found: Found })[];
}

/** Only what was cut off half-way is something to do: what serves is proven now, or left again. */
export function planResume(input: ResumeFacts): DeployPlan {
  return planOf(
    'resume',
    input,
    input.hosts.map(({ found, ...host }) =>
      found.kind === 'half-way' ? planHalfWay(host, input.app, found.run) : planAsItIs(host, input.app),
    ),
  );
}

function planHalfWay(host: PlannedHost, app: AppConfig, run: RunFacts): DeployHostPlan {
  const { facts, fqdn } = host;
  const backTo = wayBackOf(run, facts);
  return {
    ...planAsItIs(host, app),
    release: run.release,
    backTo,
    steps: [
      ...servingUnits(app, facts).map(unit => restartStep(unit, null, backTo)),
      stableStep(currentRelease(facts)?.stableMs ?? null, null),
      ...probeStepsFromHere(app, fqdn, currentRelease(facts)),
    ],
  };
}

/** What served before the run, when it was proven; else the newest proven release; else what served before all the same. */
function wayBackOf(run: RunFacts, facts: AppFacts): string | null {
  const current = currentRelease(facts);
  const before = facts.releases.find(({ id, present }) => id === run.before && id !== current?.id && present);
  if (before && isSettled(before)) return before.id;
  return newest(settledExcept(facts, current))?.id ?? (before?.state === 'active' ? before.id : null);
}
