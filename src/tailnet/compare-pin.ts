import { fingerprint, keyType } from './host-key.ts';
import type { Pin } from './types.ts';

/** What was seen of a host just now. null = not looked at, so not compared. */
export interface Identity {
  suffix: string;
  stableId: string;
  fqdn: string;
  hostKeys: readonly string[] | null;
  machineId: string | null;
}

/** `new-key` is the only kind that leaves the host trusted. */
export interface PinDifference {
  kind: 'tailnet' | 'node' | 'name' | 'machine' | 'key' | 'new-key';
  pinned: string;
  seen: string;
}

/**
 * All differences at once: another tailnet, another node under this name, the node under another name, another machine
 * (its disk was copied or reinstalled), another host key.
 *
 * Keys are compared by type. A type that is pinned must show one of its pinned keys; when no type is common to both,
 * all of them differ. A further type beside one that matches is a `new-key` (sshd made or was given one), as is a
 * further key of a type that matches (a second sshd). ssh itself accepts pinned keys only, so neither is used unpinned.
 */
export function comparePin(pin: Pin, seen: Identity): PinDifference[] {
  const differences: PinDifference[] = [];
  // Node ids are small numbers that another control server uses again: they mean something within one tailnet only.
  if (pin.suffix !== seen.suffix) differences.push({ kind: 'tailnet', pinned: pin.suffix, seen: seen.suffix });
  else if (pin.stableId !== seen.stableId) differences.push({ kind: 'node', pinned: pin.stableId, seen: seen.stableId });
  if (pin.fqdn !== seen.fqdn) differences.push({ kind: 'name', pinned: pin.fqdn, seen: seen.fqdn });
  if (pin.machineId !== null && seen.machineId !== null && pin.machineId !== seen.machineId) {
    differences.push({ kind: 'machine', pinned: pin.machineId, seen: seen.machineId });
  }
  return [...differences, ...compareKeys(pin.hostKeys, seen.hostKeys ?? [])];
}

export function mismatches(differences: readonly PinDifference[]): PinDifference[] {
  return differences.filter(difference => difference.kind !== 'new-key');
}

export function describeDifference({ kind, pinned, seen }: PinDifference): string {
  switch (kind) {
    case 'tailnet':
      return `other tailnet: pinned in ${pinned}, seen in ${seen}`;
    case 'node':
      return `other node: pinned ${pinned}, this name now belongs to ${seen}`;
    case 'name':
      return `renamed: pinned as ${pinned}, now ${seen}`;
    case 'machine':
      return `other machine: pinned machine-id ${pinned}, found ${seen}`;
    case 'key':
      return `other host key: pinned ${pinned}, shown ${seen}`;
    case 'new-key':
      return `new host key beside the pinned ones: ${seen}`;
  }
}

/** The pin of a node: by its name, else by its id, which finds a host that was renamed. */
export function findPin(pins: readonly Pin[], node: { suffix: string; stableId: string; fqdn: string }): Pin | null {
  return (
    pins.find(pin => pin.fqdn === node.fqdn) ??
    pins.find(pin => pin.suffix === node.suffix && pin.stableId === node.stableId) ??
    null
  );
}

function compareKeys(pinned: readonly string[], seen: readonly string[]): PinDifference[] {
  const pinnedTypes = new Set(pinned.map(keyType));
  const matching = new Set(seen.filter(key => pinned.includes(key)).map(keyType));
  return seen
    .filter(key => !pinned.includes(key))
    .map(key => {
      const type = keyType(key);
      const isNew = matching.has(type) || (matching.size > 0 && !pinnedTypes.has(type));
      const expected = pinned.filter(other => keyType(other) === type);
      return {
        kind: isNew ? 'new-key' : 'key',
        pinned: (expected.length > 0 ? expected : pinned).map(showKey).join(', '),
        seen: showKey(key),
      };
    });
}

function showKey(key: string): string {
  return `${keyType(key)} ${fingerprint(key)}`;
}
