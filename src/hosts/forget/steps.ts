import { isPath } from '../../forms.ts';
import { atBlank } from '../../host/facts/fitting.ts';
import type { HostPlan, Plan, Step } from '../../plan/plan.ts';

/** One thing of ours on a host, as the host lists it. */
export interface Belonging {
  /** unit, dropin, env, marker, leftover, tree, link, state; `restored` is put back, not removed. */
  kind: string;
  path: string;
}

/** null for a line that lists nothing. */
export function parseBelonging(line: string): Belonging | null {
  const [kind, path] = atBlank(line);
  return /^[a-z]{1,16}$/.test(kind) && isPath(path) ? { kind, path } : null;
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
  const left = lines('left')
    .map(parseBelonging)
    .filter(belonging => belonging !== null);
  return { left, stays: lines('stays').filter(isPath) };
}
