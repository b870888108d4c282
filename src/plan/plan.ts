import { type Step, undoOf } from './step.ts';

export const PLAN_SCHEMA = 'ops/plan@1';

/** What a run will do, decided before anything changes: printed, confirmed, kept in the receipt, checked again by the host. */
export interface Plan {
  schema: typeof PLAN_SCHEMA;
  command: 'deploy' | 'rollback' | 'resume' | 'prune';
  run: string;
  app: string;
  tailnet: string;
  /** What the hosts will serve. For a rollback each host names its own. */
  release: ReleaseSummary | null;
  /** Sorted by host. */
  hosts: readonly HostPlan[];
  stable: { ms: number | null };
  warnings: readonly string[];
  /** Everything that did not come from ops.yaml: flags, OPS_* variables, --via, a disabled preflight. */
  overrides: readonly string[];
}

export interface ReleaseSummary {
  id: string;
  digest: string;
  files: number;
  bytes: number;
  commit: { id: string; ref: string; dirty: boolean } | null;
}

export interface HostPlan {
  host: string;
  fqdn: string;
  /** Break-glass address, when the tailnet was not the way in. */
  via: string | null;
  /** Empty steps: this host has it all already. */
  steps: readonly Step[];
  /** Release to activate. */
  release: string;
  /** Release whose tree the new one starts from. */
  base: string | null;
  /** What the host must still look like when the transaction starts: a compare-and-swap. */
  fence: { current: string; units: string };
  previous: string | null;
  /** The proven release that a failure goes back to. */
  backTo: string | null;
}

export function isEmpty(plan: Plan): boolean {
  return plan.hosts.every(host => host.steps.length === 0);
}

/** The plan as receipts and --json hold it: each step also says how it is taken back. */
export function withUndo(plan: Plan) {
  const hosts = plan.hosts.map(host => ({
    ...host,
    steps: host.steps.map(step => ({ ...step, undo: undoOf(step, host.backTo) })),
  }));
  return { ...plan, hosts };
}
