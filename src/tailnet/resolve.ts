import { isIP, isIPv6 } from 'node:net';
import { OpsError } from '../errors.ts';
import { plural } from '../format.ts';
import { nearestNames } from './nearest.ts';
import type { Peer, TailnetStatus } from './types.ts';

/**
 * The one node that a name of ops.yaml stands for: an FQDN (with or without its dot), a base name of this tailnet, or a
 * tailnet address. Nodes that are only visible because something was shared with their owner are never hosts; nodes of
 * other tailnets answer to their FQDN only. This very machine may be a host: see isSelf.
 * @throws OpsError peer-unknown or peer-ambiguous, exit host-unknown.
 */
export function resolveHost(name: string, status: TailnetStatus): Peer {
  const found = nodesNamed(name, status);
  if (found.length > 1) throw ambiguous(name, found);
  const [peer] = found;
  if (!peer) throw unknown(name, status);
  return peer;
}

/** A host of ops.yaml, as far as it is looked up. */
interface NamedHost {
  /** Key in ops.yaml. */
  id: string;
  /** It is this very machine, and is not looked up. */
  local: boolean;
  name: string;
}

/**
 * What is done to several hosts at once must not meet on one node.
 * @throws OpsError peer-named-twice, exit usage, when `peer` is more than one of these hosts.
 */
export function requireOneName(peer: Peer, hosts: readonly NamedHost[], status: TailnetStatus): void {
  const isPeer = ({ local, name }: NamedHost) => {
    const found = local ? [status.self] : nodesNamed(name, status);
    return found.length === 1 && found[0] === peer;
  };
  const ids = hosts.filter(isPeer).map(({ id }) => id);
  if (ids.length < 2) return;
  throw new OpsError('peer-named-twice', 'usage', `${ids.join(' and ')} of ops.yaml are one node: ${peer.fqdn}`, {
    hint: `leave one of them in ops.yaml, or ask one at a time: -H ${ids[0]}`,
    details: { hosts: ids, fqdn: peer.fqdn, node: peer.stableId },
  });
}

export function isSelf(peer: Peer, status: TailnetStatus): boolean {
  return status.self !== null && status.self.stableId === peer.stableId && status.self.fqdn === peer.fqdn;
}

/** The address to dial: IPv4 where there is one. */
export function peerIp(peer: Peer): string {
  const [ip] = peer.ips;
  if (ip === undefined) {
    throw new OpsError('peer-no-address', 'host-unknown', `${peer.fqdn} has no tailnet address yet`, {
      hint: 'tailscale status',
    });
  }
  return ip;
}

function knownNodes(status: TailnetStatus): Peer[] {
  return [status.self, ...status.peers].filter(node => node !== null).filter(node => !node.shared && node.fqdn !== '');
}

/** In one spelling. */
function spelt(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '');
}

function nodesNamed(name: string, status: TailnetStatus): Peer[] {
  const wanted = spelt(name);
  const nodes = knownNodes(status);
  if (isIP(wanted)) return nodes.filter(node => node.ips.map(canonicalIp).includes(canonicalIp(wanted)));
  if (wanted.includes('.')) return nodes.filter(node => node.fqdn === wanted);
  return nodes.filter(node => isOfTailnet(node, status) && baseName(node) === wanted);
}

function isOfTailnet(node: Peer, status: TailnetStatus): boolean {
  return status.suffix === null || node.fqdn.endsWith(`.${status.suffix}`);
}

function baseName(node: Peer): string {
  return node.fqdn.split('.', 1)[0] ?? '';
}

/** One spelling for each address: IPv6 has many. */
function canonicalIp(ip: string): string {
  return isIPv6(ip) ? new URL(`http://[${ip.replace(/%.*$/, '')}]`).hostname : ip;
}

function ambiguous(name: string, found: readonly Peer[]): OpsError {
  const names = found.map(node => `${node.fqdn} (${node.ips[0] ?? 'no address'})`);
  return new OpsError('peer-ambiguous', 'host-unknown', `${name} could be ${names.join(' or ')}`, {
    hint: 'write the full MagicDNS name in ops.yaml',
    details: { name, found: found.map(node => node.fqdn) },
  });
}

function unknown(name: string, status: TailnetStatus): OpsError {
  const wanted = spelt(name);
  const nodes = knownNodes(status);
  const where = status.suffix ?? 'the tailnet';
  if (isIP(wanted)) {
    return new OpsError('peer-unknown', 'host-unknown', `${name} is no node's address in ${where} as this machine sees it`, {
      hint: ['tailscale status', 'ops explain peer-unknown'],
      details: { name },
    });
  }
  // Device names and MagicDNS names differ after a rename: the console shows the one, DNS answers to the other.
  const device = nodes.find(node => node.hostName.toLowerCase() === wanted);
  const known = nodes.filter(node => isOfTailnet(node, status));
  const near = wanted.includes('.')
    ? nearestNames(
        wanted,
        known.map(node => node.fqdn),
      )
    : nearestNames(wanted, known.map(baseName));
  const lines = [
    `${name} is not in ${where} as this machine sees it`,
    'Either no node has this name, or an access rule hides it from this machine.',
    ...(device ? [`A device calls itself ${device.hostName}: its MagicDNS name is ${device.fqdn}.`] : []),
    ...(near.length > 0 ? [`Nearest names here: ${near.join(', ')}.`] : []),
    ...(status.leftOut > 0 ? [`Not counted: ${plural(status.leftOut, 'node')} without a valid MagicDNS name.`] : []),
  ];
  return new OpsError('peer-unknown', 'host-unknown', lines.join('\n'), {
    hint: ['tailscale status', 'ops explain peer-unknown'],
    details: { name, nearest: near, device: device?.fqdn ?? null },
  });
}
