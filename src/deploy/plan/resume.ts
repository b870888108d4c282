import type { AppConfig } from '../../config/types.ts';
import { currentRelease, isSettled, newest, settledExcept } from '../../host/facts/releases.ts';
import { unitsOf } from '../../host/facts/services.ts';
import type { AppFacts, RunFacts } from '../../host/facts/types.ts';
import type { Found } from '../../run/find.ts';
import { probesOf, questionsOf } from '../release/spec.ts';
import type { DeployHostPlan, DeployPlan } from '../steps.ts';
import { type PlanInput, type PlannedHost, planAsItIs, planOf, removeSteps, restartStep, stableStep } from './base.ts';
import { changesTo, foundIn, keptBy, unwantedOf } from './changes.ts';

export interface ResumeFacts extends PlanInput {
  hosts: readonly (PlannedHost & { found: Found })[];
}

/** Something to do is what was cut off half-way, and what went live and was not proven yet; the rest is watched, or read. */
export function planResume(input: ResumeFacts): DeployPlan {
  const { app } = input;
  return planOf(
    'resume',
    input,
    input.hosts.map(({ found, ...host }) => {
      if (found.kind === 'half-way') return planHalfWay(host, app, found.run);
      return found.kind === 'ended' ? planEnded(host, app, found.run) : planAsItIs(host, app);
    }),
  );
}

/** What waits for answers that only an operator can ask for: it is proven once it gave them. */
function planEnded(host: PlannedHost, app: AppConfig, { record }: RunFacts): DeployHostPlan {
  const current = currentRelease(host.facts);
  const waits = record?.outcome?.[0] === 'done' && current?.state === 'active';
  return { ...planAsItIs(host, app), steps: waits ? questionsOf(current) : [] };
}

/** Of what is current now, whatever the run was to bring. Where nothing is, there is only the way back. */
function planHalfWay(host: PlannedHost, app: AppConfig, run: RunFacts): DeployHostPlan {
  const { facts } = host;
  const current = currentRelease(facts);
  const backTo = wayBackOf(run, facts);
  const looksAt = current ?? facts.releases.find(({ id }) => id === backTo) ?? null;
  return {
    ...planAsItIs(host, app),
    release: current?.id ?? run.release,
    backTo,
    changes: [...(looksAt === null ? [] : changesTo(facts, looksAt)), ...foundIn(facts, app)],
    steps: [
      ...(current === null ? [] : removeSteps(unwantedOf(facts, keptBy(facts, current)), backTo)),
      ...(looksAt?.services ?? unitsOf(app)).map(unit => restartStep(unit, null, backTo)),
      stableStep(looksAt?.stableMs ?? null, null),
      ...(looksAt === null ? [] : probesOf(looksAt)),
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
