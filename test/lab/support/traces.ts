import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { STATE } from '../../../lab/state.ts';

/** What the whole machine shows of labs, found without asking the lab. */
export interface Traces {
  /** Processes whose command line or control group names the lab or that live in one of `namespaces`, zombies included. */
  readonly processes: string[];
  readonly mounts: string[];
  readonly cgroups: string[];
  readonly links: string[];
  readonly namedNamespaces: string[];
  readonly files: string[];
}

/** Looks for everything that belongs to lab `id` or to one of these namespaces, and at what every lab could leave. */
export function traces(id: string, namespaces: ReadonlySet<string>): Traces {
  return {
    processes: pids()
      .filter(
        pid =>
          commandLine(pid).includes(id) ||
          // A PID 1 that cannot end has no command line and no namespace any more, only its group.
          cgroupOf(pid).includes(`/${id}/`) ||
          (!isOfAnotherLab(pid, id) && namespacesOf(pid).some(each => namespaces.has(each))),
      )
      .map(pid => `${pid} ${commandLine(pid)}`),
    mounts: lines('/proc/self/mountinfo').filter(line => line.includes(id) || line.includes('nsfs')),
    // Those of other labs come and go while it walks, which it calls a failure.
    cgroups: run('sh', ['-c', 'find /sys/fs/cgroup -type d -name "$1" || :', 'sh', id]),
    links: run('ip', ['-o', 'link', 'show']).map(line => line.split(':')[1]?.trim() ?? ''),
    namedNamespaces: run('ip', ['netns', 'list']),
    files: [`${STATE}/${id}`, '/run/systemd/nspawn'].flatMap(path => (existsSync(path) ? [path, ...readdirSync(path)] : [])),
  };
}

/** The namespaces that processes of lab `id` live in and this one does not. */
export function namespacesOfLab(id: string): Set<string> {
  const own = new Set(namespacesOf(process.pid));
  const members = pids().filter(pid => cgroupOf(pid).includes(`/${id}/`));
  return new Set(members.flatMap(namespacesOf).filter(each => !own.has(each)));
}

/** The kernel gives numbers of namespaces that ended to new ones: those of a lab that started meanwhile do not count. */
function isOfAnotherLab(pid: number, id: string): boolean {
  const cgroup = cgroupOf(pid);
  return cgroup.includes('/tailnet-ops-lab/') && !cgroup.includes(`/tailnet-ops-lab/${id}/`);
}

function pids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 0 && pid !== process.pid);
}

function namespacesOf(pid: number): string[] {
  return ['net', 'mnt', 'pid', 'uts', 'ipc', 'cgroup'].flatMap(kind => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return []; // ended in between
    }
  });
}

function cgroupOf(pid: number): string {
  return readSafely(`/proc/${pid}/cgroup`);
}

function commandLine(pid: number): string {
  return readSafely(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

function readSafely(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function run(program: string, args: readonly string[]): string[] {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter(Boolean);
}
