import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { OpsError } from '../errors.ts';
import { notOurAddress, type SshPort } from './connection-error.ts';
import { isOurEnd } from './source.ts';
import type { TailnetStatus } from './types.ts';

/**
 * Before anything is sent: connections to this address would leave from one of our tailnet addresses. That ssh binds to
 * our address is no proof, since the route could still lead to a LAN.
 * @throws OpsError not-our-address, or ssh-unreachable when there is no route.
 */
export async function requireOurEnd(sshPort: SshPort, status: TailnetStatus): Promise<void> {
  const localAddress = await localAddressTowards(sshPort);
  if (!isOurEnd(localAddress, status)) throw notOurAddress(sshPort, localAddress);
}

/** Asks the routing table by connecting a UDP socket, which sends nothing. */
function localAddressTowards({ fqdn, address, port }: SshPort): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const unreachable = (error: Error) => {
      socket.close();
      reject(
        new OpsError('ssh-unreachable', 'host-silent', `no route leads to ${fqdn}: ${error.message}`, {
          hint: `ip route get ${address}`,
        }),
      );
    };
    socket.once('error', unreachable);
    socket.connect(port, address, () => {
      const local = socket.address().address;
      socket.close();
      resolve(local);
    });
  });
}
