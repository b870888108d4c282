import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLeader, pidsIn } from '../../lab/cgroup.ts';
import { startLab } from '../../lab/index.ts';
import { labIds, sweepOrphans } from '../../lab/state.ts';
import { namespacesOfLab, type Traces, traces } from './support/traces.ts';

const HOLDER = fileURLToPath(new URL('support/hold-lab.ts', import.meta.url));
let count = 0;
const newId = () => `ends-${process.pid}-${count++}`;

/** A process that brought a lab up and holds it. */
async function holdLab(id: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [HOLDER, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', code => reject(new Error(`the holder ended early with ${code}`)));
  });
  return holder;
}

async function killWithGuardian(holder: ChildProcess, id: string): Promise<void> {
  process.kill(processNaming('guardian.ts', id), 'SIGKILL');
  const ended = new Promise(resolve => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
}

/** The one process of this machine whose command line has all of `words`. */
function processNaming(...words: string[]): number {
  const found = readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.every(word => line.includes(word));
    } catch {
      return false;
    }
  });
  expect(found, `processes with ${words.join(' ')} in their command line`).toHaveLength(1);
  return Number(found[0]);
}

/** What was killed stays listed until its parent has read its status, so it is looked for more than once. */
async function leftNothing(id: string, namespaces: ReadonlySet<string>, before: Traces): Promise<void> {
  await expect.poll(() => traces(id, namespaces), { timeout: 60_000, interval: 200 }).toEqual(before);
}

describe('a lab leaves nothing behind', () => {
  test('after down', async () => {
    const id = newId();
    const before = traces(id, new Set());
    const began = performance.now();
    const lab = await startLab({ id, hosts: { web1: {}, web2: {} } });
    expect(performance.now() - began, 'ms from a warm cache, on a busy machine too').toBeLessThan(60_000);
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
    await killWithGuardian(holder, id);
    expect(labIds()).toContain(id);
    await sweepOrphans();
    await leftNothing(id, namespaces, before);
  });

  test('after all three, and a way in that was stopped, which keeps a dead PID 1 from ending', async () => {
    const id = newId();
    const before = traces(id, new Set());
    const holder = await holdLab(id);
    const namespaces = namespacesOfLab(id);
    const leader = pidsIn(id, 'web1').find(isLeader) ?? Number.NaN;
    process.kill(processNaming('timeout', `held by ${id}`), 'SIGSTOP');
    process.kill(leader, 'SIGKILL');
    await expect.poll(() => pidsIn(id, 'web1').find(isLeader), { timeout: 20_000 }).toBeUndefined();
    await killWithGuardian(holder, id);
    // It was there, and this way of looking sees it.
    expect(traces(id, namespaces).processes.map(each => Number.parseInt(each, 10))).toContain(leader);
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
