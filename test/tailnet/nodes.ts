import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { RunningStatus } from '../../src/tailnet/state.ts';
import type { Peer, Pin } from '../../src/tailnet/types.ts';

export const SUFFIX = 'lab.test';

export function makePeer(name: string, overrides: Partial<Peer> = {}): Peer {
  return {
    stableId: name.replace(/\D/g, '') || '1',
    fqdn: `${name}.${SUFFIX}`,
    hostName: name,
    ips: ['100.64.0.9'],
    os: 'linux',
    online: true,
    expired: false,
    keyExpiry: null,
    lastSeen: null,
    tags: [],
    user: 'ops@lab.test',
    sshHostKeys: [],
    shared: false,
    ...overrides,
  };
}

export function makeStatus(peers: readonly Peer[], overrides: Partial<RunningStatus> = {}): RunningStatus {
  return {
    backendState: 'Running',
    suffix: SUFFIX,
    magicDns: true,
    tun: true,
    version: '1.102.3',
    health: [],
    self: makePeer('op', { stableId: '1', ips: ['100.64.0.1', 'fd7a:115c:a1e0::1'] }),
    peers,
    leftOut: 0,
    ...overrides,
  };
}

/** A well-formed public host key that differs by `seed`. */
export function makeKey(seed: string, type = 'ssh-ed25519'): string {
  const secret = createHash('sha256').update(seed).digest();
  const fields = [Buffer.from(type), ...(type === 'ssh-ed25519' ? [] : [Buffer.from('middle')]), secret];
  return `${type} ${Buffer.concat(fields.flatMap(field => [length(field), field])).toString('base64')}`;
}

function length(field: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(field.length);
  return bytes;
}

export function makePin(name: string, overrides: Partial<Pin> = {}): Pin {
  const { stableId, fqdn } = makePeer(name);
  return { suffix: SUFFIX, stableId, fqdn, hostKeys: [makeKey(name)], machineId: null, ...overrides };
}

/** The OpsError that `run` throws. */
export function thrown(run: () => unknown): {
  code: string;
  exitCode: number;
  message: string;
  hints: readonly string[];
  problems: readonly unknown[];
} {
  try {
    run();
  } catch (error) {
    return error as ReturnType<typeof thrown>;
  }
  expect.unreachable('nothing was thrown');
}
