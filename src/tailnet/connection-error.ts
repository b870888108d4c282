import { OpsError } from '../errors.ts';
import { turnedAway } from '../exec/turned-away.ts';
import type { DialFailure } from './dial.ts';

/** The ssh port of a node, as it is dialled. */
export interface SshPort {
  fqdn: string;
  address: string;
  port: number;
}

export function notOurAddress({ fqdn, address }: SshPort, localAddress: string): OpsError {
  return new OpsError(
    'not-our-address',
    'not-connected',
    `a connection to ${fqdn} (${address}) leaves from ${localAddress}, which is no tailnet address of this machine`,
    { hint: ['tailscale status', `ip route get ${address}`], details: { address, localAddress } },
  );
}

export function notAnswering({ fqdn, address, port }: SshPort, code: DialFailure, message: string): OpsError {
  if (code === 'turned-away') return turnedAway(fqdn, message);
  return new OpsError(`ssh-${code}`, 'host-silent', `${fqdn} does not answer on port ${port}: ${message}`, {
    hint: [
      ...(code === 'refused' ? [] : ['an access rule may close the port while ping works: check the tailnet policy']),
      `on the host: ss -ltn 'sport = :${port}'`,
    ],
    details: { address, port },
  });
}
