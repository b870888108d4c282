import type { Config, HostConfig } from '../config/types.ts';
import { OpsError } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { comparePin, describeDifference, findPin, mismatches } from './compare-pin.ts';
import { describeCondition, peerConditions } from './condition.ts';
import { measurePath, type PathResult } from './path.ts';
import { isSelf, resolveHost } from './resolve.ts';
import type { RunningStatus } from './state.ts';
import type { RunningTailnet } from './tailnet.ts';
import type { Peer, Pin } from './types.ts';

/** One host of ops.yaml as the tailnet sees it. JSON-safe; null = the tailnet does not say, or does not know the host. */
export interface InventoryRow {
  id: string;
  /** As written in ops.yaml. */
  name: string;
  /** It is the machine that ops runs on. */
  self: boolean;
  stableId: string | null;
  fqdn: string | null;
  ip: string | null;
  os: string | null;
  tags: readonly string[];
  user: string | null;
  online: boolean | null;
  keyExpiry: string | null;
  lastSeen: string | null;
  tailscaleSsh: boolean | null;
  /** null = not measured. */
  path: PathResult | null;
  /** none: `local` needs no pin. */
  pin: 'pinned' | 'missing' | 'changed' | 'none';
  findings: readonly InventoryFinding[];
}

export interface InventoryFinding {
  code: string;
  message: string;
  remedies: readonly string[];
}

type InventoryConfig = Pick<Config, 'hosts' | 'checks'>;

export interface InventoryOptions {
  /** Milliseconds since the epoch. */
  now: number;
  /** Ping every usable peer, all at once. */
  ping: boolean;
}

export async function readInventory(
  runner: Runner,
  config: InventoryConfig,
  tailnet: RunningTailnet,
  pins: readonly Pin[],
  { now, ping }: InventoryOptions,
): Promise<InventoryRow[]> {
  const rows = inventory(config, tailnet.status, pins, now);
  if (!ping) return rows;
  return Promise.all(
    rows.map(async row => (isReachable(row) ? { ...row, path: await measurePath(runner, tailnet.cli, row.ip) } : row)),
  );
}

/** Sorted by id. Pure. */
export function inventory(config: InventoryConfig, status: RunningStatus, pins: readonly Pin[], now: number): InventoryRow[] {
  return Object.values(config.hosts)
    .map(host => row(host, status, pins, { now, warnDays: config.checks.keyExpiryWarnDays }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function row(
  host: HostConfig,
  status: RunningStatus,
  pins: readonly Pin[],
  limits: { now: number; warnDays: number },
): InventoryRow {
  const found = host.local ? status.self : lookUp(host.name, status);
  if (found instanceof OpsError) return unknownRow(host, found);
  const conditions = peerConditions(found, limits.now, limits.warnDays).map(condition => ({
    code: condition.code,
    ...describeCondition(condition),
  }));
  const pin = host.local ? { pin: 'none' as const, findings: [] } : pinState(host, found, status, pins);
  return {
    id: host.id,
    name: host.name,
    self: isSelf(found, status),
    stableId: found.stableId,
    fqdn: found.fqdn,
    ip: found.ips[0] ?? null,
    os: found.os,
    tags: found.tags,
    user: found.user,
    online: found.online,
    keyExpiry: found.keyExpiry,
    lastSeen: found.lastSeen,
    tailscaleSsh: found.sshHostKeys.length > 0,
    path: null,
    pin: pin.pin,
    findings: [...conditions, ...pin.findings],
  };
}

function lookUp(name: string, status: RunningStatus): Peer | OpsError {
  try {
    return resolveHost(name, status);
  } catch (error) {
    if (error instanceof OpsError && error.exit === 'host-unknown') return error;
    throw error;
  }
}

function pinState(
  host: HostConfig,
  peer: Peer,
  status: RunningStatus,
  pins: readonly Pin[],
): Pick<InventoryRow, 'pin' | 'findings'> {
  const seen = { suffix: status.suffix, stableId: peer.stableId, fqdn: peer.fqdn, hostKeys: peer.sshHostKeys, machineId: null };
  const pin = findPin(pins, seen);
  if (!pin) {
    const finding = { code: 'pin-missing', message: 'not pinned yet', remedies: [`ops hosts pin ${host.id}`] };
    return { pin: 'missing', findings: [finding] };
  }
  const changes = mismatches(comparePin(pin, seen));
  if (changes.length === 0) return { pin: 'pinned', findings: [] };
  const finding = {
    code: 'pin-changed',
    message: changes.map(describeDifference).join('; '),
    remedies: [`ops hosts pin ${host.id} --replace   (when the change is yours)`],
  };
  return { pin: 'changed', findings: [finding] };
}

function unknownRow(host: HostConfig, error: OpsError): InventoryRow {
  return {
    id: host.id,
    name: host.name,
    self: false,
    stableId: null,
    fqdn: null,
    ip: null,
    os: null,
    tags: [],
    user: null,
    online: null,
    keyExpiry: null,
    lastSeen: null,
    tailscaleSsh: null,
    path: null,
    pin: 'missing',
    findings: [{ code: error.code, message: error.message, remedies: error.hints }],
  };
}

function isReachable(row: InventoryRow): row is InventoryRow & { ip: string } {
  return row.ip !== null && !row.self && row.online === true && !row.findings.some(finding => finding.code === 'peer-expired');
}
