import type { TailnetStatus } from './types.ts';

/**
 * Whether the local end of a connection is one of this machine's tailnet addresses. Another local end means that the
 * route to 100.x leads somewhere else (a LAN, a provider's CGNAT), and nothing that answers there may be trusted.
 */
export function isOurEnd(localAddress: string, status: TailnetStatus): boolean {
  const address = localAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return status.self?.ips.some(ip => ip.toLowerCase() === address) ?? false;
}

/** The address of ours that a connection to `ip` leaves from: the one of the same family. */
export function ourAddressFor(ip: string, status: TailnetStatus): string | null {
  return status.self?.ips.find(own => own.includes(':') === ip.includes(':')) ?? null;
}
