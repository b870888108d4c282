import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { PATIENCE, until } from './process.ts';

/**
 * Control groups are how the lab knows its own processes: everything of a lab runs below `tailnet-ops-lab/<id>`, so
 * ending a lab is killing what is in there, whoever started it. On cgroup v1 the named systemd hierarchy is the truth,
 * and the unified one is kept alongside because each host's systemd wants a tree of its own in both.
 */
const HIERARCHIES = existsSync('/sys/fs/cgroup/cgroup.controllers')
  ? ['/sys/fs/cgroup']
  : ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter(path => existsSync(path));
const TOP = 'tailnet-ops-lab';

/** Makes the group `<lab id>/<name>` and returns its directories, one in each hierarchy. */
export function makeCgroup(id: string, name: string): string[] {
  const directories = HIERARCHIES.map(root => `${root}/${TOP}/${id}/${name}`);
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  return directories;
}

/** A command line that starts `argv` inside a group. */
export function inCgroup(directories: readonly string[], argv: readonly string[]): string[] {
  const join = directories.map(directory => `echo $$ > ${directory}/cgroup.procs`).join(' && ');
  return ['sh', '-c', `${join} && exec "$@"`, 'sh', ...argv];
}

/** Ids of all labs that have a group. */
export function labsWithCgroup(): string[] {
  return [...new Set(HIERARCHIES.flatMap(root => children(`${root}/${TOP}`)))];
}

/** Pids in a group and below, as this machine counts them. `name` empty: the whole lab. */
export function pidsIn(id: string, name = ''): number[] {
  return [...new Set(HIERARCHIES.flatMap(root => pidsBelow(`${root}/${TOP}/${id}/${name}`)))];
}

/** Kills what is in a group and below until it is empty. */
export async function emptyCgroup(id: string, name = ''): Promise<void> {
  await until(`processes of lab ${id} ${name} to end`, PATIENCE, () => {
    const pids = pidsIn(id, name);
    for (const pid of pids) kill(pid, 'SIGKILL');
    return pids.length === 0;
  });
}

/** Removes an empty group with everything below it, and the lab's top once no lab is left. */
export async function removeCgroup(id: string, name = ''): Promise<void> {
  await until(`control groups of lab ${id} ${name} to go`, PATIENCE, () =>
    HIERARCHIES.every(root => removeTree(`${root}/${TOP}/${id}/${name}`)),
  );
  if (name === '') for (const root of HIERARCHIES) tryRmdir(`${root}/${TOP}`);
}

/** Whether a process is PID 1 of a namespace of its own: the systemd of a machine. */
export function isLeader(pid: number): boolean {
  try {
    return /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // ended in between
  }
}

/**
 * Pulls the plug of machines and gives those who wait for them a moment to end by themselves: that leaves no zombies to
 * init, of which some never read a status.
 */
export async function unplug(leaders: readonly number[]): Promise<void> {
  for (const leader of leaders) kill(leader, 'SIGKILL');
  const end = performance.now() + 1000;
  const alive = () => leaders.some(pid => existsSync(`/proc/${pid}`));
  while (alive() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 10));
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // already gone
  }
}

function pidsBelow(directory: string): number[] {
  return [...procs(directory), ...children(directory).flatMap(child => pidsBelow(`${directory}/${child}`))];
}

function procs(directory: string): number[] {
  try {
    return readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function children(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name);
  } catch {
    return [];
  }
}

function removeTree(directory: string): boolean {
  for (const child of children(directory)) removeTree(`${directory}/${child}`);
  return tryRmdir(directory);
}

function tryRmdir(directory: string): boolean {
  try {
    rmdirSync(directory);
  } catch {
    // still in use, or not there
  }
  return !existsSync(directory);
}
