import type { HostPlan, Plan, Step } from '../../plan/plan.ts';

/** One thing of ours on a host, as the host lists it. */
export interface Belonging {
  /** unit, dropin, env, marker, leftover, tree, link, state; `restored` is put back, not removed. */
  kind: string;
  path: string;
}

export type ForgetStep = Step & { kind: 'remove' | 'restore' } & { what: string; path: string };

export interface ForgetHostPlan extends HostPlan<ForgetStep> {
  /** Only what belongs to this app; null = all of it. */
  only: string | null;
  /** Releases, current and shared go, too. */
  trees: boolean;
}

export type ForgetPlan = Plan<ForgetHostPlan>;
