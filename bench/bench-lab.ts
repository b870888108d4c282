import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Host, type Lab, LabError, withLab } from '../lab/index.ts';
import { must } from '../lab/process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a machine with ops on it has of this checkout, and the benches themselves. */
const SHIPPED = ['package.json', 'oclif.manifest.json', 'bin', 'dist', 'bench'];

/** The operator's person and where the benches work in the home of theirs. */
export const DEV = { user: 'dev', cwd: '/home/dev' } as const;

/** A lab with these hosts whose operator has ops as built now: a later build does not reach into the measurement. */
export async function withBenchLab<T>(
  hosts: readonly string[],
  say: (line: string) => void,
  use: (lab: Lab) => Promise<T>,
): Promise<T> {
  await buildOps();
  const checkout = await mkdtemp(join(tmpdir(), 'ops-bench-'));
  try {
    await chmod(checkout, 0o755);
    for (const part of SHIPPED) await cp(join(ROOT, part), join(checkout, part), { recursive: true });
    const options = { hosts: Object.fromEntries(hosts.map(name => [name, {}])), checkout, say };
    return await withLab(options, async lab => {
      for (const host of lab.hosts)
        await lab.operator.must(`ssh-keyscan -T 20 -t ed25519 ${host.fqdn} >>~/.ssh/known_hosts`, DEV);
      return use(lab);
    });
  } finally {
    await rm(checkout, { recursive: true, force: true });
  }
}

/** An ops.yaml for apps that are the same tree under different names, each on hosts of its own choice; pins the hosts. */
export async function writeProject(
  lab: Lab,
  apps: Readonly<Record<string, { hosts: readonly string[]; port: number }>>,
): Promise<void> {
  const yaml = [
    'version: 1',
    `tailnet: ${lab.suffix}`,
    'defaults: { user: deploy, privilege: sudo, stable: 1s, keep: 100 }',
    `hosts: { ${lab.hosts.map(host => `${host.name}: {}`).join(', ')} }`,
    'apps:',
    ...Object.entries(apps).flatMap(([app, { hosts, port }]) => [
      `  ${app}:`,
      `    hosts: [${hosts.join(', ')}]`,
      '    source: tree',
      '    user: web',
      `    services: { ${app}: { run: node server.js ${port} } }`,
      `    probes: [{ http: "http://127.0.0.1:${port}/health", interval: 0.1s, attempts: 100 }]`,
    ]),
  ];
  await lab.operator.write('/home/dev/ops.yaml', `${yaml.join('\n')}\n`, { owner: 'dev:dev' });
  await lab.operator.must('ops hosts pin --yes', DEV);
}

export async function makeTree(operator: Host, files: number, bytes: number): Promise<void> {
  await operator.must(['node', '/opt/ops/bench/tree.ts', 'make', 'tree', `${files}`, `${bytes}`], { ...DEV, timeoutMs: 120_000 });
  await operator.must(['cp', '/opt/ops/bench/server.js', 'tree/'], DEV);
}

export async function changeTree(operator: Host, count: number, seed: number): Promise<void> {
  await operator.must(['node', '/opt/ops/bench/tree.ts', 'change', 'tree', `${count}`, `${seed}`], DEV);
}

const STOPWATCH =
  'from=$EPOCHREALTIME; "$@" >/tmp/bench.log 2>&1 || { cat /tmp/bench.log >&2; exit 1; }; to=$EPOCHREALTIME; echo $((${to/./} - ${from/./}))';

/** Milliseconds that a command takes as seen by a clock beside it. What it measures must have succeeded. */
export async function time(operator: Host, command: readonly string[]): Promise<number> {
  const taken = await operator.must(['bash', '-c', STOPWATCH, 'bash', ...command], { ...DEV, timeoutMs: 300_000 });
  const ms = Number(taken) / 1000;
  if (!(ms > 0)) throw new LabError(`${command.join(' ')}: the stopwatch says ${taken}`);
  return ms;
}

export async function buildOps(): Promise<void> {
  await must([process.execPath, join(ROOT, 'scripts/build.ts')]);
}
