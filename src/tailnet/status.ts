import { isIPv4 } from 'node:net';
import { OpsError } from '../errors.ts';
import type { LocalSpec } from '../exec/runner.ts';
import { isAddress, isDnsName, isStableId, isTag, isText, isTime } from '../forms.ts';
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
 * What the control server says of a node is used in files and arguments: whatever has not its form was not said.
 */
export function parseStatus(text: string): TailnetStatus {
  const json = parseObject(text);
  if (!json) {
    throw new OpsError('daemon-down', 'tailscale-missing', 'tailscale answered with something that is no status', {
      hint: 'tailscale status',
      details: { said: text.length > 200 ? `${text.slice(0, 200)}…` : text },
    });
  }
  const tailnet = asObject(json.CurrentTailnet) ?? {};
  const users = asObject(json.User) ?? {};
  const suffix = dnsName(asString(tailnet.MagicDNSSuffix) || asString(json.MagicDNSSuffix));
  const self = asObject(json.Self);
  const peers = Object.values(asObject(json.Peer) ?? {})
    .map(asObject)
    .filter(value => value !== null)
    .map(value => peer(value, users));
  const known = peers.filter(({ fqdn, stableId }) => fqdn !== '' && stableId !== '');
  return {
    backendState: asString(json.BackendState) || 'NoState',
    suffix: suffix === '' ? null : suffix,
    magicDns: boolean(tailnet.MagicDNSEnabled, suffix !== ''),
    // Releases that do not say had no userspace mode worth the name; the local end of every connection is checked anyway.
    tun: boolean(json.TUN, true),
    version: asString(json.Version),
    health: strings(json.Health),
    self: self ? { ...peer(self, users), online: boolean(self.Online, true) } : null,
    peers: known.sort((a, b) => compare(a.fqdn, b.fqdn) || compare(a.stableId, b.stableId)),
    leftOut: peers.length - known.length,
  };
}

function peer(json: Json, users: Json): Peer {
  const tags = strings(json.Tags).filter(isTag);
  const ips = strings(json.TailscaleIPs).filter(isAddress);
  // A number. String() throws on some objects.
  const id = typeof json.UserID === 'object' ? '' : String(json.UserID);
  const login = asString(asObject(own(users, id))?.LoginName);
  const stableId = asString(json.ID);
  return {
    stableId: isStableId(stableId) ? stableId : '',
    fqdn: dnsName(asString(json.DNSName)),
    hostName: asString(json.HostName),
    ips: [...ips.filter(isIPv4), ...ips.filter(ip => !isIPv4(ip))],
    os: asString(json.OS),
    online: boolean(json.Online, false),
    expired: boolean(json.Expired, false),
    keyExpiry: time(json.KeyExpiry),
    lastSeen: time(json.LastSeen),
    tags,
    user: tags.length > 0 || login === '' || !isText(login) ? null : login,
    sshHostKeys: parseHostKeys(strings(json.sshHostKeys)),
    shared: boolean(json.ShareeNode, false),
  };
}

/** Go writes an absent time as the year 1. */
function time(value: unknown): string | null {
  const text = asString(value);
  return text.startsWith('0001-') || !isTime(text) ? null : text;
}

/** Without dots around it, in lower case; empty for what is no such name. */
function dnsName(text: string): string {
  const name = text.toLowerCase().replace(/^\.+|\.+$/g, '');
  return isDnsName(name) ? name : '';
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
