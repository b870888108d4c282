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

/** What a host says of itself afterwards: numbered, since each is a line of its own. */
export function leftOn(seen: Readonly<Record<string, string>>): { left: Belonging[]; stays: string[] } {
  const lines = (kind: string) => Object.entries(seen).flatMap(([key, line]) => (key.startsWith(`${kind}.`) ? [line] : []));
  const left = lines('left').map(line => {
    const at = line.indexOf(' ');
    return { kind: line.slice(0, at), path: line.slice(at + 1) };
  });
  return { left, stays: lines('stays') };
}
