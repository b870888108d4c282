import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { findHost, findHosts, runPreflight } from '../preflight/index.ts';
import { unlessInterrupted } from '../preflight/interrupted.ts';
import { lookOnly } from '../preflight/read-only.ts';
import type { Door } from '../run/door.ts';
import { describeDifference } from '../tailnet/compare-pin.ts';
import { type InventoryRow, readInventory } from '../tailnet/inventory.ts';
import { loadPins, pinsFile, savePins } from '../tailnet/pins-file.ts';
import { requireRunning } from '../tailnet/state.ts';
import { type RunningTailnet, readTailnet } from '../tailnet/tailnet.ts';
import { acceptPins, type PinProposal, proposePin, withMachineId } from '../tailnet/trust.ts';
import type { Pin } from '../tailnet/types.ts';
import { explanations } from './explanations.ts';
import { resumeForget } from './forget/index.ts';
import { pinning } from './purposes.ts';

export type { InventoryRow };

export const door: Door = { explanations, resumes: { forget: resumeForget } };

/** `ops hosts`: every host of ops.yaml as the tailnet sees it. */
export function inventory(context: Context, options: { ping: boolean }): Promise<InventoryRow[]> {
  return unlessInterrupted(context.signal, takeInventory(context, options));
}

async function takeInventory(context: Context, { ping }: { ping: boolean }): Promise<InventoryRow[]> {
  const runner = lookOnly(context.runner, context.signal);
  const tailnet = await connectedTailnet(context, runner);
  const pins = await loadPins(pinsFile(context.config.file));
  return readInventory(runner, context.config, tailnet, pins, { now: context.now(), ping });
}

/** A host that the tailnet does not know, or that is not who was pinned, is no inventory that is well. */
export function exitOfInventory(rows: readonly InventoryRow[]): ExitName {
  if (rows.some(({ fqdn }) => fqdn === null)) return 'host-unknown';
  return rows.some(({ pin }) => pin === 'changed') ? 'identity-mismatch' : 'ok';
}

export interface PinRequest {
  /** Ids from ops.yaml; none = all that need a pin. */
  hosts: readonly string[];
  /** A change is accepted as well. */
  replace: boolean;
}

export interface PinPlan {
  file: string;
  pins: readonly Pin[];
  proposals: readonly PinProposal[];
  /** What changed since a host was pinned, in words, by host id. */
  changes: Readonly<Record<string, readonly string[]>>;
  accepted: readonly Pin[];
}

/** Asks the tailnet and the hosts for their identity; writes nothing. A change is refused unless `replace`. */
export function planPins(context: Context, request: PinRequest): Promise<PinPlan> {
  return unlessInterrupted(context.signal, lookForPins(context, request));
}

async function lookForPins(context: Context, request: PinRequest): Promise<PinPlan> {
  const runner = lookOnly(context.runner, context.signal);
  const tailnet = await connectedTailnet(context, runner);
  const file = pinsFile(context.config.file);
  const pins = await loadPins(file);
  const ids = request.hosts.length > 0 ? request.hosts : Object.keys(context.config.hosts);
  const hosts = findHosts(context, ids).filter(host => !host.local);
  const proposals = await Promise.all(
    hosts.map(host => {
      const port = host.auth === 'tailscale_ssh' ? 22 : host.port;
      return proposePin(runner, tailnet, { ...host, port }, pins, context.signal);
    }),
  );
  const changes = Object.fromEntries(proposals.map(({ id, differences }) => [id, differences.map(describeDifference)]));
  return { file, pins, proposals, changes, accepted: acceptPins(pins, proposals, request.replace) };
}

/** Nothing to write: all is pinned as it was seen, the machine-id included. */
export function isPinned(plan: PinPlan): boolean {
  return plan.proposals.every(({ state, pin }) => state === 'same' && pin.machineId !== null);
}

/** Writes the pins, then logs in once to complete them with each host's machine-id. Returns hosts whose id is still missing. */
export async function writePins(context: Context, plan: PinPlan): Promise<string[]> {
  await savePins(plan.file, plan.accepted);
  const hosts = plan.proposals.map(proposal => findHost(context, proposal.id));
  const asked = await runPreflight({ ...context, pinNew: null }, hosts, pinning);
  try {
    const completed = new Map<string, Pin>();
    const missing: string[] = [];
    for (const { id, pin } of plan.proposals) {
      const machineId = asked.sessions.get(id)?.facts.machineId ?? null;
      if (machineId === null) missing.push(id);
      else completed.set(pin.fqdn, withMachineId(pin, id, machineId));
    }
    await savePins(
      plan.file,
      plan.accepted.map(pin => completed.get(pin.fqdn) ?? pin),
    );
    return missing;
  } finally {
    await asked.close();
  }
}

/**
 * `--pin-new`: those of the hosts without a pin get one; what is pinned already is not looked at. One that cannot be reached
 * is left without: preflight says so when it is asked for. Returns the ids of those that were pinned.
 */
export async function pinNewHosts(context: Context, hosts: readonly string[]): Promise<string[]> {
  const rows = await inventory(context, { ping: false });
  const barred = (row: InventoryRow) => row.findings.some(({ code }) => code === 'peer-offline' || code === 'peer-expired');
  const unpinned = (row: InventoryRow) => hosts.includes(row.id) && row.pin === 'missing' && row.fqdn !== null;
  const fresh = rows.filter(row => unpinned(row) && !barred(row)).map(row => row.id);
  if (fresh.length > 0) await writePins(context, await planPins(context, { hosts: fresh, replace: false }));
  return fresh;
}

async function connectedTailnet(context: Context, runner: Runner): Promise<RunningTailnet> {
  const tailnet = await readTailnet(runner, context.env, process.platform);
  return { ...tailnet, status: requireRunning(tailnet.status, context.config.tailnet) };
}
