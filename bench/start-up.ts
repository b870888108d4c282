import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOps } from './bench-lab.ts';
import { type Case, median } from './case.ts';

const OPS = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const WARM_UPS = 3;

const YAML = `version: 1
tailnet: tail1234.ts.net
hosts: { web1: {} }
apps: { web: { hosts: web1 } }
`;

/** The process itself: what one waits for before anything can be asked of a host. */
export async function benchStartUp(runs: number): Promise<Case[]> {
  await buildOps();
  const dir = mkdtempSync(join(tmpdir(), 'ops-bench-'));
  try {
    writeFileSync(join(dir, 'ops.yaml'), YAML);
    const empty = { name: 'empty', argv: ['-e', '0'], ms: [] as number[] };
    const sides = [['--version'], ['--help'], ['config', 'check']].map(argv => ({
      name: `ops ${argv.join(' ')}`,
      argv: [OPS, ...argv],
      ms: [] as number[],
    }));
    for (let run = -WARM_UPS; run < runs; run++) {
      for (const side of [empty, ...sides]) {
        const ms = start(side.argv, dir);
        if (run >= 0) side.ms.push(ms);
      }
    }
    return sides.map(side => ({
      bench: 'start-up',
      case: side.name,
      peer: 'node -e 0',
      unit: 'ms',
      ours: median(side.ms),
      theirs: median(empty.ms),
    }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @throws when it fails: what failed early was not measured. */
function start(argv: readonly string[], cwd: string): number {
  // A list of further authorities costs older Nodes 30 ms a process and tells nothing about us.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const from = performance.now();
  const ended = spawnSync(process.execPath, argv, { cwd, env, encoding: 'utf8' });
  const ms = performance.now() - from;
  if (ended.status !== 0) throw new Error(`${argv.join(' ')}: exit ${ended.status}\n${ended.stderr}`);
  return ms;
}
