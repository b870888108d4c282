import type { Privilege } from '../config/types.ts';

export const PLAN_SCHEMA = 'ops/plan@2';

/**
 * One change on one host. JSON-safe, since plans are printed and kept: a step names a file by its digest and a secret by
 * its name, and the contents travel beside the plan. Which kinds there are is each capability's.
 */
export interface Step {
  kind: string;
  /** How it is taken back when a later one fails, or that it need not be. */
  undo: string;
}

/** What is changed, and so which lock is held: an app on its hosts, or the hosts themselves. */
export type Scope = { kind: 'app'; app: string } | { kind: 'host' };

/** What one host is to do. Its program is told this and nothing else; a capability adds what its own programs need. */
export interface HostPlan<S extends Step = Step> {
  host: string;
  fqdn: string;
  /** Break-glass address, when the tailnet was not the way in. */
  via: string | null;
  /** How its programs become root. */
  privilege: Privilege;
  /** Who the host takes us for. */
  by: string;
  /** Longest that its transaction may take. */
  limitMs: number;
  /** Empty: this host has it all already. */
  steps: readonly S[];
}

/** What a run will do, decided before anything changes: printed, confirmed, kept in the receipt, checked again by the host. */
export interface Plan<H extends HostPlan = HostPlan> {
  schema: typeof PLAN_SCHEMA;
  /** Whose plan it is: that capability speaks about it and knows how to resume it. */
  capability: string;
  command: string;
  run: string;
  scope: Scope;
  tailnet: string;
  /** Sorted by host. */
  hosts: readonly H[];
  warnings: readonly string[];
  /** Everything that did not come from ops.yaml: flags, OPS_* variables, --via, a disabled preflight. */
  overrides: readonly string[];
}

export function isEmpty(plan: Plan): boolean {
  return plan.hosts.every(host => host.steps.length === 0);
}

/** Hosts that have something to do. */
export function activeHosts<H extends HostPlan>(plan: Plan<H>): H[] {
  return plan.hosts.filter(host => host.steps.length > 0);
}
