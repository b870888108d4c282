import { isIPv4 } from 'node:net';
import { OpsError } from '../errors.ts';
import type { LocalSpec } from '../exec/runner.ts';
import { type TailscaleCli, tailscaleCommand } from './cli.ts';
import { parseHostKeys } from './host-key.ts';
import { asObject, asString, type Json, parseObject } from './json.ts';
import type { Peer, TailnetStatus } from './types.ts';

/** Longer than the 5 s that the CLI itself waits for an absent daemon. */
const DEADLINE_MS = 10_000;

export function statusCommand(cli: TailscaleCli): LocalSpec {
  return tailscaleCommand(cli, ['status', '--json'], DEADLINE_MS);
}

/**
 * Reads `tailscale status --json` (Go's ipnstate.Status). Its format changes between releases, so missing and unknown
 * keys are fine; only text that is no JSON object at all is an error: daemon-down, as the macOS app prints prose with exit 0.
 */
export function parseStatus(text: string): TailnetStatus {
  const json = parseObject(text);
  if (!json) {
    throw new OpsError('daemon-down', 'tailscale-missing', 'tailscale answered with something that is no status', {
      hint: 'tailscale status',
      details: { said: text.slice(0, 200) },
    });
  }
  const tailnet = asObject(json.CurrentTailnet) ?? {};
  const users = asObject(json.User) ?? {};
  const suffix = bare(asString(tailnet.MagicDNSSuffix) || asString(json.MagicDNSSuffix));
  const self = asObject(json.Self);
  return {
    backendState: asString(json.BackendState) || 'NoState',
    suffix: suffix === '' ? null : suffix,
    magicDns: boolean(tailnet.MagicDNSEnabled, suffix !== ''),
    // Releases that do not say had no userspace mode worth the name; the local end of every connection is checked anyway.
    tun: boolean(json.TUN, true),
    version: asString(json.Version),
    health: strings(json.Health),
    self: self ? { ...peer(self, users), online: boolean(self.Online, true) } : null,
    peers: Object.values(asObject(json.Peer) ?? {})
      .map(asObject)
      .filter(value => value !== null)
      .map(value => peer(value, users))
      .sort((a, b) => compare(a.fqdn, b.fqdn) || compare(a.stableId, b.stableId)),
  };
}

function peer(json: Json, users: Json): Peer {
  const tags = strings(json.Tags);
  const ips = strings(json.TailscaleIPs);
  // A number. String() throws on some objects.
  const id = typeof json.UserID === 'object' ? '' : String(json.UserID);
  const login = asString(asObject(own(users, id))?.LoginName);
  return {
    stableId: asString(json.ID),
    fqdn: bare(asString(json.DNSName)),
    hostName: asString(json.HostName),
    ips: [...ips.filter(isIPv4), ...ips.filter(ip => !isIPv4(ip))],
    os: asString(json.OS),
    online: boolean(json.Online, false),
    expired: boolean(json.Expired, false),
    keyExpiry: time(json.KeyExpiry),
    lastSeen: time(json.LastSeen),
    tags,
    user: tags.length > 0 || login === '' ? null : login,
    sshHostKeys: parseHostKeys(strings(json.sshHostKeys)),
    shared: boolean(json.ShareeNode, false),
  };
}

/** Go writes an absent time as the year 1. */
function time(value: unknown): string | null {
  const text = asString(value);
  return text === '' || text.startsWith('0001-') || Number.isNaN(Date.parse(text)) ? null : text;
}

/** A DNS name without dots around it, in lower case. */
function bare(name: string): string {
  return name.toLowerCase().replace(/^\.+|\.+$/g, '');
}

function own(json: Json, key: string): unknown {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function boolean(value: unknown, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
