import { OpsError } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { conditionError, isBlocking, peerConditions } from './condition.ts';
import { notAnswering, type SshPort } from './connection-error.ts';
import { dial } from './dial.ts';
import { parseHostKeys } from './host-key.ts';
import { keyscanCommand, parseKeyscan } from './keyscan.ts';
import { requireOurEnd } from './our-end.ts';
import { peerIp } from './resolve.ts';
import type { Tailnet } from './tailnet.ts';
import type { Peer } from './types.ts';

export interface SeenHostKeys {
  /** `type base64`, sorted. */
  hostKeys: readonly string[];
  /** control: the control server vouches for them · scan: an sshd showed them over the tailnet, which authenticates the node. */
  source: 'control' | 'scan' | 'control and scan';
}

/** WireGuard repeats a lost first handshake after 5 s: a fresh node answers only then. */
const DIAL_TIMEOUT_MS = 8_000;
const TAILSCALE_SSH_PORT = 22;

/**
 * The host keys of a peer, from where nobody else can put theirs. A scan counts only over the tailnet: never through a
 * proxy, nor when the local end of the connection is not ours.
 */
export async function seeHostKeys(
  runner: Runner,
  tailnet: Tailnet,
  peer: Peer,
  port: number,
  signal?: AbortSignal,
): Promise<SeenHostKeys> {
  const vouched = peer.sshHostKeys;
  if (vouched.length > 0 && (port === TAILSCALE_SSH_PORT || !tailnet.status.tun)) return { hostKeys: vouched, source: 'control' };
  const scanned = await scan(runner, tailnet, peer, port, signal);
  return { hostKeys: parseHostKeys([...vouched, ...scanned]), source: vouched.length > 0 ? 'control and scan' : 'scan' };
}

async function scan(runner: Runner, tailnet: Tailnet, peer: Peer, port: number, signal?: AbortSignal): Promise<string[]> {
  const blocking = peerConditions(peer, Date.now(), 0).find(isBlocking);
  if (blocking) throw conditionError(peer, blocking);
  if (!tailnet.status.tun) {
    throw new OpsError(
      'keys-unproved',
      'identity-mismatch',
      `this machine has no TUN device: what answers for ${peer.fqdn} cannot be tied to the node`,
      {
        hint: 'run ops hosts pin on a machine with a TUN device, and commit ops.pins',
      },
    );
  }
  const ip = peerIp(peer);
  const sshPort = { fqdn: peer.fqdn, address: ip, port };
  await requireOurEnd(sshPort, tailnet.status);
  const result = await runner.run(keyscanCommand(ip, port));
  if (result.reason === 'not-found') {
    throw new OpsError('keyscan-missing', 'failed', 'ssh-keyscan is not on this machine', { hint: 'install the OpenSSH client' });
  }
  const keys = parseKeyscan(result.stdout);
  if (keys.length === 0) throw await noKeys(sshPort, signal);
  return keys;
}

/** Why a scan saw nothing, which ssh-keyscan does not say: one more look, at a port that has shown that it lets nobody in. */
async function noKeys(sshPort: SshPort, signal?: AbortSignal): Promise<OpsError> {
  const { fqdn, address, port } = sshPort;
  const reached = await dial(address, port, { timeoutMs: DIAL_TIMEOUT_MS, ...(signal && { signal }) });
  if (!reached.ok) return notAnswering(sshPort, reached.code, reached.message);
  return new OpsError('keyscan-empty', 'host-silent', `${fqdn} shows no ssh host key on port ${port}`, {
    hint: `ssh-keyscan -p ${port} ${address}`,
    details: { banner: reached.banner },
  });
}
