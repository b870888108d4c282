import type { HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { Who } from '../host/facts/types.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { HostSession } from '../preflight/types.ts';

/** What every plan says of a host: which one it is, how it is reached, and who it takes us for. */
export function hostPlanOf(
  host: HostConfig,
  { facts, peer, target }: HostSession,
): Pick<HostPlan, 'host' | 'fqdn' | 'via' | 'privilege' | 'by'> {
  return {
    host: host.id,
    // The MagicDNS name, also with --via; the machine itself has no way to go.
    fqdn: peer?.fqdn ?? target?.fqdn ?? (host.local ? 'localhost' : host.name),
    via: target && target.bind === null && target.proxy === null ? target.address : null,
    privilege: host.privilege,
    by: describeWho(facts.who),
  };
}

/** What a plan says did not come from ops.yaml. */
export function describeOverrides({ config, preflightMode }: Context): string[] {
  const forgiven = 'preflight disabled: only identity, host key and lock were asked';
  return [...config.overrides, ...(preflightMode === 'disabled' ? [forgiven] : [])];
}

function describeWho(who: Who): string {
  switch (who.kind) {
    case 'user':
      return `${who.login} (${who.node})`;
    case 'tagged':
      return `${who.node} (${who.tags.join(', ')})`;
    case 'unproved':
      return `unproved (${who.why})`;
  }
}
