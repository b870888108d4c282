import type { AppConfig, Config } from '../../config/types.ts';
import { currentRelease, wayBack } from '../../host/facts/releases.ts';
import type { AppFacts, ReleaseFacts } from '../../host/facts/types.ts';
import { type HostPlan, PLAN_SCHEMA, type Plan } from '../../plan/plan.ts';
import type { Step } from '../../plan/step.ts';

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
  facts: AppFacts;
}

/** A plan that sends nothing: each host says for itself what it will serve, and these releases how long they must be stable. */
export function planWithoutUpload(
  command: Plan['command'],
  input: PlanInput,
  hosts: readonly HostPlan[],
  releases: readonly (ReleaseFacts | null)[] = [],
): Plan {
  const windows = releases.filter(release => release !== null).map(release => release.stableMs);
  return {
    schema: PLAN_SCHEMA,
    command,
    run: input.run,
    app: input.app.id,
    tailnet: input.config.tailnet,
    release: null,
    hosts: [...hosts].sort((a, b) => (a.host < b.host ? -1 : 1)),
    stable: { ms: windows.length > 0 && windows.every(ms => ms !== null) ? Math.max(...windows) : null },
    warnings: [],
    overrides: input.overrides,
  };
}

/** A host as it is: current stays current, fenced by what was seen. */
export function planAsItIs({ host, fqdn, via, facts }: PlannedHost): HostPlan {
  const current = currentRelease(facts);
  return {
    host,
    fqdn,
    via,
    release: current?.id ?? '-',
    base: null,
    fence: { current: facts.current?.link ?? '-', units: facts.unitsDigest },
    previous: current?.id ?? null,
    backTo: wayBack(facts, current)?.id ?? null,
    steps: [],
  };
}

export function restart(units: readonly string[]): Step[] {
  return units.map(unit => ({ kind: 'restart', unit }));
}

export function probe(probes: AppConfig['probes']): Step[] {
  return probes.map(({ id, from, target }) => ({ kind: 'probe', id, from, target }));
}

/** What is asked after a release that the host has: its own probes are with it there, those from here are today's. */
export function probeFromHere(app: AppConfig): Step[] {
  return probe(app.probes.filter(({ from }) => from === 'operator'));
}
