import type { Config } from '../../config/types.ts';
import { PLAN_SCHEMA } from '../../plan/plan.ts';
import type { Belonging, ForgetHostPlan, ForgetPlan, ForgetStep } from './steps.ts';

const LIMIT_MS = 5 * 60_000;

export interface ForgetFacts {
  command: 'forget' | 'resume';
  config: Config;
  run: string;
  overrides: readonly string[];
  hosts: readonly (Omit<ForgetHostPlan, 'steps' | 'limitMs'> & { belongings: readonly Belonging[] })[];
}

/** A step for each thing that the host lists, in its order: it removes them only while they are exactly these. */
export function planForget({ command, config, run, overrides, hosts }: ForgetFacts): ForgetPlan {
  return {
    schema: PLAN_SCHEMA,
    capability: 'forget',
    command,
    run,
    scope: { kind: 'host' },
    tailnet: config.tailnet,
    hosts: hosts
      .map(({ belongings, ...host }) => ({ ...host, limitMs: LIMIT_MS, steps: belongings.map(stepFor) }))
      .toSorted((a, b) => (a.host < b.host ? -1 : 1)),
    warnings: [],
    overrides,
  };
}

function stepFor({ kind, path }: Belonging): ForgetStep {
  if (kind === 'restored') return { kind: 'restore', what: kind, path, undo: 'the next deploy with --adopt takes it over again' };
  return { kind: 'remove', what: kind, path, undo: 'cannot be undone: the next deploy makes it anew' };
}
