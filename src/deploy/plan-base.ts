import type { AppConfig, Config } from '../config/types.ts';
import type { AppFacts } from '../host/facts.ts';
import { currentRelease, wayBack } from '../host/releases.ts';
import { type HostPlan, PLAN_SCHEMA, type Plan } from '../plan/plan.ts';

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

/** A plan that sends nothing: each host says for itself what it will serve. */
export function planWithoutUpload(command: Plan['command'], input: PlanInput, hosts: readonly HostPlan[]): Plan {
  return {
    schema: PLAN_SCHEMA,
    command,
    run: input.run,
    app: input.app.id,
    tailnet: input.config.tailnet,
    release: null,
    hosts: [...hosts].sort((a, b) => (a.host < b.host ? -1 : 1)),
    stable: { ms: input.app.stableMs },
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
