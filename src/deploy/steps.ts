import type { FolderToTake } from '../host/facts/unsafe.ts';
import type { HostPlan, Plan, Step } from '../plan/plan.ts';
import type { SharedEntry } from './source/shared.ts';

/**
 * What a deploy, a rollback or a prune does on one host. Programs are told what these say (execute/order.ts). For people alone
 * are `files`, `bytes` and `ofBytes`, since the difference itself travels beside the plan, `keep`, since `remove` names
 * what goes, and `owner`, since `ids` are what a host compares.
 */
export type DeployStep = Step &
  (
    | { kind: 'adopt'; link: string }
    /** A folder of what is adopted becomes root's, without what is in it. */
    | ({ kind: 'take' } & FolderToTake)
    | {
        kind: 'upload';
        /** Release on the host that the new tree starts from. */
        base: string | null;
        /** Paths that are links into shared/, and what is made there when nothing is. */
        shared: readonly SharedEntry[];
        files: number;
        bytes: number;
        ofBytes: number;
      }
    /** A unit file or a drop-in, by the sha256 of its text. */
    | { kind: 'install'; file: 'unit' | 'dropin'; unit: string; digest: string }
    /** The env file: names, and for a secret where it comes from. Values travel beside the plan. */
    | { kind: 'environment'; variables: readonly { name: string; from: string }[] }
    | { kind: 'check'; command: readonly string[] }
    | { kind: 'swap'; to: string }
    /** A unit that ops made for the app and that the release does not have. */
    | { kind: 'remove'; unit: string }
    /** The same of a drop-in or of the env file. */
    | { kind: 'uninstall'; path: string }
    /** `origin` null: as the release was deployed. */
    | { kind: 'restart'; unit: string; origin: 'file' | 'run' | 'existing' | null }
    /** Milliseconds. `ms` null: as its units ask · `startMs` null: as the release was deployed. */
    | { kind: 'stable'; ms: number | null; startMs: number | null }
    | ProbeStep
    /** Releases to remove, so that `keep` finished ones stay. */
    | { kind: 'retain'; keep: number; remove: readonly string[] }
  );

export interface ProbeStep {
  kind: 'probe';
  id: string;
  type: 'http' | 'tcp';
  from: 'host' | 'operator';
  /** The host's name filled in. */
  target: string;
  status: readonly number[];
  /** The release that is asked filled in. */
  contains: string | null;
  /** `contains` had a word for the release: the answer proves which one it is of. */
  names: boolean;
  /** Whoever listens on it has to be a unit of the app, or `through`; null when the question leaves the host. */
  port: number | null;
  /** Another unit that may hold the port. */
  through: string | null;
  attempts: number;
  intervalMs: number;
  timeoutMs: number;
}

/**
 * One thing of a host that is not yet as it will be, for people alone: a host without any has nothing to do. Of variables only
 * names are told.
 */
export type Change =
  | { kind: 'content' }
  | { kind: 'file'; path: string; how: How }
  | { kind: 'mode'; path: string; from: string; to: string }
  | { kind: 'variable'; name: string; how: How }
  /** A key of the app in ops.yaml: the release that serves was proven with another value. */
  | { kind: 'key'; key: string }
  /** In words: what serves is not as its release left it. */
  | { kind: 'drift'; what: string };

type How = 'new' | 'changed' | 'removed';

/** What the host must still look like when the transaction starts: a compare-and-swap. */
export interface Fence {
  /** What `readlink current` said; `-` for nothing. */
  current: string;
  /** Digest over the installed files of these units, and the env file. */
  units: string;
  own: readonly string[];
  foreign: readonly string[];
}

export interface DeployHostPlan extends HostPlan<DeployStep> {
  app: string;
  path: string;
  /** Account that the app runs as. */
  user: string;
  /** Release to activate; `-` when there is none. */
  release: string;
  fence: Fence;
  previous: string | null;
  /** The release that a failure goes back to: this one, and no other. */
  backTo: string | null;
  /** Why a new release is due. */
  changes: readonly Change[];
}

export interface DeployPlan extends Plan<DeployHostPlan> {
  /** It is for all hosts of the app, and not for some of them. */
  everywhere: boolean;
  /** What the hosts will serve. For a rollback each host names its own. */
  release: ReleaseSummary | null;
}

export interface ReleaseSummary {
  id: string;
  digest: string;
  /** ISO time. */
  created: string;
  files: number;
  bytes: number;
  commit: { id: string; ref: string; dirty: boolean } | null;
}

export type StepOf<K extends DeployStep['kind']> = Extract<DeployStep, { kind: K }>;

export function stepsOf<K extends DeployStep['kind']>(plan: Pick<DeployHostPlan, 'steps'>, kind: K): StepOf<K>[] {
  return plan.steps.filter((step): step is StepOf<K> => step.kind === kind);
}

export function stepOf<K extends DeployStep['kind']>(plan: Pick<DeployHostPlan, 'steps'>, kind: K): StepOf<K> | undefined {
  return stepsOf(plan, kind)[0];
}
