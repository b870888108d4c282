import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startLab } from '../../lab/index.ts';
import { labIds, sweepOrphans } from '../../lab/state.ts';
import { namespacesOfLab, type Traces, traces } from './support/traces.ts';

const HOLDER = fileURLToPath(new URL('support/hold-lab.ts', import.meta.url));
let count = 0;
const newId = () => `ends-${process.pid}-${count++}`;

/** A process that brought a lab up and holds it. */
async function holdLab(id: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [HOLDER, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', code => reject(new Error(`the holder ended early with ${code}`)));
  });
  return holder;
}

function guardianOf(id: string): number {
  const found = readdirSync('/proc').find(pid => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes('guardian.ts') && line.includes(id);
    } catch {
      return false;
    }
  });
  expect(found, 'the guardian of a running lab').toBeDefined();
  return Number(found);
}

/** What was killed stays listed until its parent has read its status, so it is looked for more than once. */
async function leftNothing(id: string, namespaces: ReadonlySet<string>, before: Traces): Promise<void> {
  await expect.poll(() => traces(id, namespaces), { timeout: 15_000, interval: 200 }).toEqual(before);
}

describe('a lab leaves nothing behind', () => {
  test('after down', async () => {
    const id = newId();
    const before = traces(id, new Set());
    const began = performance.now();
    const lab = await startLab({ id, hosts: { web1: {}, web2: {} } });
    expect(performance.now() - began, 'ms from a warm cache').toBeLessThan(15_000);
    await lab.host('web1').delay(10);
    await lab.host('web2').slow(1000);
    const namespaces = namespacesOfLab(id);
    // It was there, and this way of looking sees it.
    expect(namespaces.size).toBeGreaterThan(10);
    const during = traces(id, namespaces);
    expect(during.processes.length).toBeGreaterThan(20);
    expect(during.cgroups.length).toBeGreaterThan(0);
    await lab.down();
    await leftNothing(id, namespaces, before);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('after %s of the process that started it', async signal => {
    const id = newId();
    const before = traces(id, new Set());
    const holder = await holdLab(id);
    const namespaces = namespacesOfLab(id);
    expect(namespaces.size).toBeGreaterThan(5);
    holder.kill(signal);
    await leftNothing(id, namespaces, before);
  });

  test('after its process and its guardian were both killed: the next start sweeps it', async () => {
    const id = newId();
    const before = traces(id, new Set());
    const holder = await holdLab(id);
    const namespaces = namespacesOfLab(id);
    process.kill(guardianOf(id), 'SIGKILL');
    const ended = new Promise(resolve => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await ended;
    expect(labIds()).toContain(id);
    await sweepOrphans();
    await leftNothing(id, namespaces, before);
  });

  test('when it fails to come up', async () => {
    const id = newId();
    const before = traces(id, new Set());
    await expect(startLab({ id, hosts: { web1: {} }, checkout: '/no/such/directory' })).rejects.toThrow(
      'did not boot:\nFailed to stat /no/such/directory',
    );
    await leftNothing(id, new Set(), before);
  });
});
