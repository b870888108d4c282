import { BlockList, isIP } from 'node:net';
import type { HostConfig } from './types.ts';

/** What Tailscale gives out. */
const TAILNET = new BlockList();
TAILNET.addSubnet('100.64.0.0', 10);
TAILNET.addSubnet('fd7a:115c:a1e0::', 48, 'ipv6');

export function isTailnetAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && TAILNET.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** What the hosts of ops.yaml are called: by MagicDNS in short and in full, or by address. */
export function namesOfHosts(hosts: Readonly<Record<string, HostConfig>>, tailnet: string): Set<string> {
  const named = Object.values(hosts).filter(({ local }) => !local);
  return new Set(
    named.flatMap(({ name }) => (isIP(name) ? [name] : [name, baseName(name, tailnet), `${baseName(name, tailnet)}.${tailnet}`])),
  );
}

/** Without the suffix of the tailnet. */
export function baseName(name: string, tailnet: string): string {
  const suffix = `.${tailnet}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}
