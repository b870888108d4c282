import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';

/** Where built things are kept between labs, outside any checkout. */
const CACHE = process.env.OPS_LAB_CACHE ?? '/var/cache/tailnet-ops-lab';

export type Say = (line: string) => void;

export function isCached(name: string): boolean {
  return existsSync(`${CACHE}/${name}`);
}

/**
 * Returns the folder `<name>` of the cache, building it first when it is missing. A build writes into a folder of its own
 * that is renamed when it is whole, under a lock: a killed build leaves no half cache, two labs never build twice.
 */
export async function cached(name: string, say: Say, build: (directory: string) => Promise<void>): Promise<string> {
  const final = `${CACHE}/${name}`;
  if (existsSync(final)) return final;
  mkdirSync(CACHE, { recursive: true });
  const unlock = await lock(`${CACHE}/.lock-${name}`, () => say(`waiting for another lab that builds ${name}`));
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  const progress = setInterval(() => say(`  ${name}: ${seconds()} …`), 15_000);
  try {
    if (existsSync(final)) return final;
    for (const left of globSync(`${CACHE}/.building-${name}-*`)) rmSync(left, { recursive: true, force: true });
    const building = `${CACHE}/.building-${name}-${process.pid}`;
    mkdirSync(building);
    say(`building ${name} …`);
    await build(building);
    renameSync(building, final);
    say(`built ${name} in ${seconds()}`);
    return final;
  } finally {
    clearInterval(progress);
    unlock();
  }
}

/** Ten hex digits over strings and the contents of files (paths relative to `base`, in a stable order). */
export function fingerprint(parts: readonly string[], base?: URL): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part}\n`);
  if (base) {
    const files = globSync('**', { cwd: base.pathname }).sort();
    for (const file of files) {
      const path = `${base.pathname}/${file}`;
      if (statSync(path).isFile()) hash.update(`${file}\n`).update(readFileSync(path));
    }
  }
  return hash.digest('hex').slice(0, 10);
}

/** Takes an flock that dies with this process, however it dies; returns the way to let go. */
function lock(file: string, onWait: () => void): Promise<() => void> {
  const waiting = setTimeout(onWait, 500);
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    holder.once('error', reject);
    holder.stdout.once('data', () => {
      clearTimeout(waiting);
      resolve(() => holder.stdin.end());
    });
  });
}
