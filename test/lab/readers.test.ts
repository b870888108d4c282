import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';

const FULL = process.env.OPS_TEST_FULL === '1';

/** Opens files through `current` as fast as it can, until told to stop; tells how often, and every failure. */
const READER = `
const { existsSync, readFileSync, readdirSync } = require('node:fs');
let reads = 0, failures = [], versions = new Set();
while (!existsSync('/tmp/stop')) {
  for (let count = 0; count < 500; count++, reads++) {
    try {
      versions.add(readFileSync('/srv/read/current/version', 'utf8'));
      if (count % 50 === 0) readdirSync('/srv/read/current/lib');
    } catch (error) { failures.push(String(error)); }
  }
}
console.log(JSON.stringify({ reads, failures: failures.length, first: failures[0] ?? null, versions: versions.size }));
`;

interface Read {
  reads: number;
  failures: number;
  first: string | null;
  versions: number;
}

async function whileReading(host: Host, work: () => Promise<void>): Promise<Read> {
  await host.must('rm -f /tmp/stop');
  const reader = host.spawn(['node', '-e', READER], { timeoutMs: 600_000 });
  try {
    await work();
  } finally {
    await host.must('touch /tmp/stop');
  }
  return JSON.parse((await reader.done).stdout) as Read;
}

/** The very function of the transaction, with nothing around it: many more swaps in the same time. */
const SWAPS = (swap: string) => `${swap}
p_path=/srv/read p_run=r-test
cd /srv/read/releases && set -- *
count=0
while [ "$count" -lt "$swaps" ]; do
  count=$((count + 1))
  swap "releases/$1" || exit 1
  swap "releases/$2" || exit 1
done`;

test('readers never see current missing or half: 50 swaps by ops, then many by its swap alone', async () => {
  const lab = await startAppLab({ hosts: { web1: {} } });
  try {
    const web1 = lab.host('web1');
    const project = await lab.project('read', { services: {}, probes: [], keep: 3 });
    await project.deploy();
    const byOps = await whileReading(web1, async () => {
      for (let swap = 0; swap < 25; swap++) {
        await project.put(versionOf(`${swap % 2}${'x'.repeat(swap)}`));
        await project.deploy();
        const back = await project.ops('rollback --yes');
        expect(back.code, back.text).toBe(0);
      }
    });
    expect(byOps, JSON.stringify(byOps)).toMatchObject({ failures: 0, first: null });
    expect(byOps.reads).toBeGreaterThan(10_000);
    expect(byOps.versions).toBe(26);

    const checkout = process.env.OPS_LAB_CHECKOUT ?? new URL('../..', import.meta.url).pathname;
    const swap =
      /^swap\(\) \{$.*?^\}$/ms.exec(readFileSync(join(checkout, 'src/host/programs/deploy/layout-releases.sh'), 'utf8'))?.[0] ??
      '';
    const alone = await whileReading(web1, async () => {
      await web1.must(['sh', '-c', SWAPS(swap)], { env: { swaps: FULL ? '500' : '50' }, timeoutMs: 300_000 });
    });
    expect(alone, JSON.stringify(alone)).toMatchObject({ failures: 0, first: null });
    expect(alone.versions).toBe(2);
  } finally {
    await lab.down();
  }
}, 400_000);
