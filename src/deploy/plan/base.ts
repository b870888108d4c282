import { posix } from 'node:path';
import type { AppConfig, Config, Privilege } from '../../config/types.ts';
import { currentRelease } from '../../host/facts/releases.ts';
import { ownAndForeign } from '../../host/facts/services.ts';
import type { AppFacts } from '../../host/facts/types.ts';
import { CHECK_LIMIT_S } from '../../host/protocol.ts';
import { PLAN_SCHEMA } from '../../plan/plan.ts';
import type { DeployHostPlan, DeployPlan, DeployStep } from '../steps.ts';

/** What every plan starts from. */
export interface PlanInput {
  config: Config;
  app: AppConfig;
  run: string;
  overrides: readonly string[];
}

export interface PlannedHost {
  host: string;
  fqdn: string;
  via: string | null;
  privilege: Privilege;
  by: string;
  facts: AppFacts;
}

export function planOf(
  command: string,
  { app, config, run, overrides }: PlanInput,
  hosts: readonly DeployHostPlan[],
): DeployPlan {
  return {
    schema: PLAN_SCHEMA,
    capability: 'deploy',
    command,
    run,
    scope: { kind: 'app', app: app.id },
    tailnet: config.tailnet,
    release: null,
    everywhere: hosts.length === app.hosts.length,
    hosts: hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
    warnings: [],
    overrides,
  };
}

/** A host as it is: current stays current, fenced by what was seen. */
export function planAsItIs({ facts, ...host }: PlannedHost, app: AppConfig): DeployHostPlan {
  const current = currentRelease(facts);
  return {
    ...host,
    limitMs: limitOf(app),
    app: app.id,
    path: app.path,
    user: app.user,
    release: current?.id ?? '-',
    fence: { current: facts.current?.link ?? '-', units: facts.unitsDigest, ...ownAndForeign(app) },
    previous: current?.id ?? null,
    backTo: null,
    changes: [],
    steps: [],
  };
}

/** Longest that a transaction may take: checks once; starts, stability and probes there and back. */
function limitOf(app: AppConfig): number {
  const probes = app.probes.reduce((sum, probe) => sum + probe.attempts * (probe.intervalMs + probe.timeoutMs), 0);
  const window = app.stableMs ?? 60_000;
  const checks = app.checks.length * CHECK_LIMIT_S * 1000;
  return checks + 2 * (app.startMs * Math.max(1, app.services.length) + window + probes) + 10 * 60_000;
}

const ONLY_READS = 'only reads';

export function checkSteps(app: AppConfig): DeployStep[] {
  return app.checks.map(command => ({ kind: 'check', command, undo: ONLY_READS }));
}

export function swapStep(to: string, backTo: string | null): DeployStep {
  const undo = backTo ? `current goes back to ${backTo}` : 'current is removed: there is no release before this one';
  return { kind: 'swap', to, undo };
}

export function restartStep(
  unit: string,
  origin: Extract<DeployStep, { kind: 'restart' }>['origin'],
  backTo: string | null,
): DeployStep {
  const undo = backTo ? `restarted with the unit files of ${backTo}` : `${unit} is stopped`;
  return { kind: 'restart', unit, origin, undo };
}

/** One a file: a unit is stopped as well. */
export function removeSteps(paths: readonly string[], backTo: string | null): DeployStep[] {
  const undoOf = (what: string) => (backTo ? `${what} is back with ${backTo}` : `${what} stays removed`);
  return paths.map(path => {
    const unit = posix.basename(path);
    if (unit.endsWith('.service')) return { kind: 'remove', unit, undo: undoOf(unit) };
    return { kind: 'uninstall', path, undo: undoOf(path) };
  });
}

export function stableStep(ms: number | null, startMs: number | null): DeployStep {
  return { kind: 'stable', ms, startMs, undo: ONLY_READS };
}

export function retainStep(keep: number, remove: readonly string[]): DeployStep {
  const undo = 'cannot be undone: only releases that are neither current, previous nor the last proven one go';
  return { kind: 'retain', keep, remove, undo };
}
