import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { currentRelease, isSettled, newest, settledBefore, settledExcept } from '../../host/facts/releases.ts';
import type { AppFacts, ReleaseFacts } from '../../host/facts/types.ts';
import { probesOf } from '../release/spec.ts';
import type { DeployHostPlan, DeployPlan } from '../steps.ts';
import {
  type PlanInput,
  type PlannedHost,
  planAsItIs,
  planOf,
  removeSteps,
  restartStep,
  retainStep,
  stableStep,
  swapStep,
} from './base.ts';
import { changesTo, keptBy, unwantedOf } from './changes.ts';
import { beyond } from './retention.ts';

export interface RollbackFacts extends PlanInput {
  /** Release asked for, or null: on each host the last proven one before current. A unique end of an id will do. */
  to: string | null;
  hosts: readonly PlannedHost[];
}

/** Refuses before the first host is touched when any of them lacks the release. */
export function planRollback(input: RollbackFacts): DeployPlan {
  const { app, to, hosts } = input;
  const targets = hosts.map(({ host, facts }) => (to === null ? beforeCurrent(host, facts, input) : named(host, app, facts, to)));
  return planOf(
    'rollback',
    input,
    hosts.map((host, index) => planHost(host, app, targets[index]!)),
  );
}

function planHost(host: PlannedHost, app: AppConfig, target: ReleaseFacts): DeployHostPlan {
  const { facts } = host;
  const current = currentRelease(facts);
  const asItIs = planAsItIs(host, app);
  if (target.id === current?.id) return asItIs;
  const newestOther = newest(settledExcept(facts, target).filter(({ id }) => id !== current?.id))?.id ?? null;
  const backTo = current && isSettled(current) && current.present ? current.id : newestOther;
  return {
    ...asItIs,
    release: target.id,
    backTo,
    changes: changesTo(facts, target),
    steps: [
      swapStep(target.id, backTo),
      ...removeSteps(unwantedOf(facts, keptBy(facts, target)), backTo),
      ...target.services.map(unit => restartStep(unit, null, backTo)),
      stableStep(target.stableMs, null),
      ...probesOf(target),
      retainStep(app.keep, beyond(facts.releases, app.keep, [target.id, current?.id ?? null, newestOther])),
    ],
  };
}

function beforeCurrent(host: string, facts: AppFacts, { app, hosts }: RollbackFacts): ReleaseFacts {
  const current = currentRelease(facts);
  const target = settledBefore(facts, current);
  if (target) return target;
  const able = hosts.filter(other => settledBefore(other.facts, currentRelease(other.facts))).map(other => other.host);
  throw new OpsError('no-previous-release', 'refused', `${host} has no proven release before ${current?.id ?? 'the first one'}`, {
    hint: [...(able.length > 0 ? [`ops rollback ${app.id} --host ${able.join(' --host ')}`] : []), `ops releases ${app.id}`],
  });
}

function named(host: string, app: AppConfig, facts: AppFacts, to: string): ReleaseFacts {
  const exact = facts.releases.filter(release => release.id === to);
  const found = exact.length > 0 ? exact : facts.releases.filter(release => release.id.endsWith(to));
  const [target, second] = found;
  if (!target) {
    throw new OpsError('release-unknown', 'refused', `${host} has no release ${to} of ${app.id}`, {
      hint: `ops releases ${app.id}`,
    });
  }
  if (second) {
    throw new OpsError('release-ambiguous', 'usage', `${to} names ${target.id} and ${second.id} on ${host}`, {
      hint: `ops releases ${app.id}`,
    });
  }
  if (!target.present || !isSettled(target)) {
    throw new OpsError(
      'release-not-proven',
      'refused',
      `${target.id} on ${host} is ${target.present ? target.state : 'no longer on disk'}: only one that is proven, or stable, can be gone back to`,
      {
        hint: [`ops releases ${app.id}`, `ops deploy ${app.id}   (from its source: sends nothing that is there)`],
      },
    );
  }
  return target;
}
