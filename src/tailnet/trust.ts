import { OpsError } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { comparePin, describeDifference, findPin, type Identity, mismatches, type PinDifference } from './compare-pin.ts';
import { parseHostKeys } from './host-key.ts';
import { type SeenHostKeys, seeHostKeys } from './host-keys.ts';
import { resolveHost } from './resolve.ts';
import type { RunningStatus } from './state.ts';
import type { RunningTailnet } from './tailnet.ts';
import type { Peer, Pin } from './types.ts';

/** What `ops hosts pin` found out about one host, before anything is written. */
export interface PinProposal {
  /** Key in ops.yaml. */
  id: string;
  state: 'new' | 'same' | 'new-keys' | 'changed';
  source: SeenHostKeys['source'];
  /** What would be written. */
  pin: Pin;
  pinned: Pin | null;
  differences: readonly PinDifference[];
}

export interface PinnableHost {
  id: string;
  name: string;
  port: number;
}

export async function proposePin(
  runner: Runner,
  tailnet: RunningTailnet,
  host: PinnableHost,
  pins: readonly Pin[],
  signal?: AbortSignal,
): Promise<PinProposal> {
  const peer = resolveHost(host.name, tailnet.status);
  const { hostKeys, source } = await seeHostKeys(runner, tailnet, peer, host.port, signal);
  const seen = identityOf(peer, tailnet.status, hostKeys);
  const pinned = findPin(pins, seen);
  const fresh: Pin = { suffix: seen.suffix, stableId: seen.stableId, fqdn: seen.fqdn, hostKeys, machineId: null };
  if (!pinned) return { id: host.id, state: 'new', source, pin: fresh, pinned: null, differences: [] };
  const differences = comparePin(pinned, seen);
  if (mismatches(differences).length > 0) return { id: host.id, state: 'changed', source, pin: fresh, pinned, differences };
  const pin = { ...pinned, hostKeys: parseHostKeys([...pinned.hostKeys, ...hostKeys]) };
  return { id: host.id, state: differences.length > 0 ? 'new-keys' : 'same', source, pin, pinned, differences };
}

/**
 * The pins after `ops hosts pin`. First pins and further keys of a trusted host go in; a change needs `replace`.
 * @throws OpsError pin-changed, exit identity-mismatch, naming every host and every difference.
 */
export function acceptPins(pins: readonly Pin[], proposals: readonly PinProposal[], replace: boolean): Pin[] {
  const changed = proposals.filter(proposal => proposal.state === 'changed');
  if (changed.length > 0 && !replace) {
    throw pinChanged(changed.map(({ id, differences }) => ({ id, differences: mismatches(differences) })));
  }
  const replaced = new Set(proposals.flatMap(({ pin, pinned }) => [pin.fqdn, ...(pinned ? [pinned.fqdn] : [])]));
  const accepted = new Map(proposals.map(({ pin }) => [pin.fqdn, pin]));
  return [...pins.filter(pin => !replaced.has(pin.fqdn)), ...accepted.values()];
}

/**
 * The pin that a connection to this peer is held to. Keys are compared where the control server vouches for some;
 * the rest is ssh's to refuse.
 * @throws OpsError pin-missing or pin-changed, exit identity-mismatch.
 */
export function requirePin(pins: readonly Pin[], id: string, peer: Peer, status: RunningStatus): Pin {
  const seen = identityOf(peer, status, peer.sshHostKeys);
  const pin = findPin(pins, seen);
  if (!pin) {
    throw new OpsError('pin-missing', 'identity-mismatch', `${id} (${peer.fqdn}) has no pin in ops.pins yet`, {
      hint: `ops hosts pin ${id}`,
    });
  }
  const differences = mismatches(comparePin(pin, seen));
  if (differences.length > 0) throw pinChanged([{ id, differences }]);
  return pin;
}

/**
 * After a login: the pin with the machine-id that the host gave. The first one completes the pin; later ones must agree.
 * @throws OpsError pin-changed.
 */
export function withMachineId(pin: Pin, id: string, machineId: string): Pin {
  if (pin.machineId === machineId) return pin;
  if (pin.machineId !== null)
    throw pinChanged([{ id, differences: [{ kind: 'machine', pinned: pin.machineId, seen: machineId }] }]);
  return { ...pin, machineId };
}

function identityOf(peer: Peer, status: RunningStatus, hostKeys: readonly string[]): Identity {
  return { suffix: status.suffix, stableId: peer.stableId, fqdn: peer.fqdn, hostKeys, machineId: null };
}

function pinChanged(changes: readonly { id: string; differences: readonly PinDifference[] }[]): OpsError {
  const ids = changes.map(change => change.id);
  const lines = changes.flatMap(({ id, differences }) =>
    differences.map(difference => `${id}: ${describeDifference(difference)}`),
  );
  return new OpsError('pin-changed', 'identity-mismatch', `not the host that was pinned\n${lines.join('\n')}`, {
    hint: ['find out why before you go on', `ops hosts pin ${ids.join(' ')} --replace   (when the change is yours)`],
    details: { changes },
  });
}
