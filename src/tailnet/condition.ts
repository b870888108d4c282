import { OpsError } from '../errors.ts';
import type { Peer } from './types.ts';

/** What may keep a peer from being worked on. Times are ISO; `days` are whole ones left. */
export type PeerCondition =
  | { code: 'peer-expired'; at: string | null }
  | { code: 'peer-offline'; lastSeen: string | null }
  | { code: 'peer-expiring'; at: string; days: number };

const DAY_MS = 86_400_000;

/**
 * `now` in milliseconds since the epoch. An expired peer keeps `Online: true`, so expiry is asked first; and control
 * servers may be late to say so, so the date counts as well. Online means «connected to the control server», no more.
 */
export function peerConditions(peer: Peer, now: number, warnDays: number): PeerCondition[] {
  const expiry = peer.keyExpiry === null ? null : Date.parse(peer.keyExpiry);
  if (peer.expired || (expiry !== null && expiry <= now)) return [{ code: 'peer-expired', at: peer.keyExpiry }];
  const conditions: PeerCondition[] = [];
  if (!peer.online) conditions.push({ code: 'peer-offline', lastSeen: peer.lastSeen });
  if (peer.keyExpiry !== null && expiry !== null && expiry - now < warnDays * DAY_MS) {
    conditions.push({ code: 'peer-expiring', at: peer.keyExpiry, days: Math.floor((expiry - now) / DAY_MS) });
  }
  return conditions;
}

/** Only peer-expiring leaves the peer usable. */
export function isBlocking(condition: PeerCondition): boolean {
  return condition.code !== 'peer-expiring';
}

/** The same words wherever a condition is shown: a message, and commands that help. */
export function describeCondition(condition: PeerCondition): { message: string; remedies: readonly string[] } {
  switch (condition.code) {
    case 'peer-expired':
      return {
        message: `its node key has expired${condition.at ? ` (${condition.at})` : ''}`,
        remedies: [
          'on its console, as root: tailscale up --force-reauth',
          'or switch key expiry off for it in the admin console',
        ],
      };
    case 'peer-offline':
      return {
        message: `not connected to the tailnet${condition.lastSeen ? `, last seen ${condition.lastSeen}` : ''}`,
        remedies: ['on its console, as root: systemctl start tailscaled'],
      };
    case 'peer-expiring':
      return {
        message: `its node key expires in ${condition.days} ${condition.days === 1 ? 'day' : 'days'} (${condition.at})`,
        remedies: ['on the host, before then, as root: tailscale up --force-reauth'],
      };
  }
}

/** A blocking condition as what stops a command. */
export function conditionError(peer: Peer, condition: PeerCondition): OpsError {
  const { message, remedies } = describeCondition(condition);
  return new OpsError(condition.code, 'host-silent', `${peer.fqdn}: ${message}`, { hint: remedies });
}
