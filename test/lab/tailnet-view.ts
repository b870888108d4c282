/*
 * Runs on the operator of a lab: what src/tailnet makes of the tailnet it is in, as JSON on stdout.
 * Input on stdin: {suffix, hosts: [{id, name, port}], pins}.
 */
import { text } from 'node:stream/consumers';
import { LocalRunner } from '../../src/exec/local.ts';
import { type InventoryRow, readInventory } from '../../src/tailnet/inventory.ts';
import { requireRunning } from '../../src/tailnet/state.ts';
import { readTailnet } from '../../src/tailnet/tailnet.ts';
import { type PinnableHost, type PinProposal, proposePin } from '../../src/tailnet/trust.ts';
import type { Pin } from '../../src/tailnet/types.ts';

export interface Question {
  suffix: string;
  hosts: readonly PinnableHost[];
  pins: readonly Pin[];
}

export interface View {
  problem: { code: string; exitCode: number } | null;
  rows: readonly InventoryRow[];
  proposals: Readonly<Record<string, PinProposal | { code: string }>>;
  tookMs: number;
}

if (import.meta.main) process.stdout.write(JSON.stringify(await look(JSON.parse(await text(process.stdin)) as Question)));

async function look({ suffix, hosts, pins }: Question): Promise<View> {
  const runner = new LocalRunner();
  const started = performance.now();
  try {
    const read = await readTailnet(runner, process.env, process.platform);
    const tailnet = { ...read, status: requireRunning(read.status, suffix) };
    const config = {
      hosts: Object.fromEntries(
        hosts.map(host => [
          host.id,
          { ...host, local: false, user: 'deploy', auth: 'keys' as const, key: null, privilege: 'sudo' as const },
        ]),
      ),
      checks: { diskWarn: 85, diskFail: 95, clockSkewWarnMs: 5_000, keyExpiryWarnDays: 14 },
    };
    const rows = await readInventory(runner, config, tailnet, pins, { now: Date.now(), ping: true });
    const tookMs = performance.now() - started;
    const proposals = await Promise.all(
      hosts.map(async host => [host.id, await proposePin(runner, tailnet, host, pins).catch(code)] as const),
    );
    return { problem: null, rows, proposals: Object.fromEntries(proposals), tookMs };
  } catch (error) {
    return { problem: code(error), rows: [], proposals: {}, tookMs: performance.now() - started };
  }
}

function code(error: unknown): { code: string; exitCode: number } {
  const { code, exitCode } = error as { code: string; exitCode: number };
  return { code, exitCode };
}
