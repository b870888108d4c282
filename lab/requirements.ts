import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { Say } from './cache.ts';
import { LabError, run } from './process.ts';

/** Programs the lab calls on this machine, and the Debian package each comes from. */
const TOOLS: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  tc: 'iproute2',
  nft: 'nftables',
  rsync: 'rsync',
  openssl: 'openssl',
  'ssh-keygen': 'openssh-client',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
};
const GO_MINOR = 26;

/** Makes sure this machine can run labs; installs missing Debian packages; rejects with the one thing that is missing. */
export async function ensureMachine(say: Say): Promise<void> {
  const missing = cannotRun();
  if (missing) throw new LabError(`the lab cannot run here: ${missing}`);
  makeRoom(say);
  const packages = [
    ...new Set(
      Object.keys(TOOLS)
        .filter(tool => !onPath(tool))
        .map(tool => TOOLS[tool] ?? tool),
    ),
  ];
  if (packages.length === 0) return;
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const advice = `the lab cannot run here: missing ${packages.join(', ')}; run: apt-get update && ${command.join(' ')}`;
  if (!onPath('apt-get')) throw new LabError(advice);
  say(`installing ${packages.join(' ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run(command, { env });
  let ended = await install();
  if (ended.code !== 0) {
    await run(['apt-get', 'update'], { env });
    ended = await install();
  }
  if (ended.code !== 0) throw new LabError(advice);
}

/** Every systemd watches files, ten watchers a machine, and the kernel's default of 128 for all of root ends at a dozen. */
function makeRoom(say: Say): void {
  const [limit, wanted] = ['/proc/sys/fs/inotify/max_user_instances', 4096];
  if (Number(readFileSync(limit, 'utf8')) >= wanted) return;
  writeFileSync(limit, String(wanted));
  say(`raised fs.inotify.max_user_instances to ${wanted}, until this machine boots anew`);
}

/** What is missing on this machine and cannot be installed by the lab itself, or undefined. */
function cannotRun(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'it needs root (namespaces, mounts); run it as root';
  if (!kernelHas('overlay')) return 'the kernel has no overlayfs (modprobe overlay)';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun (modprobe tun)';
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/systemd')) {
    return 'neither cgroup v2 nor the systemd hierarchy of v1 is mounted at /sys/fs/cgroup';
  }
  return undefined;
}

export function goProgram(): string {
  return onPath('go') ? 'go' : '/usr/local/go/bin/go';
}

/** Rejects unless Go can build the lab's programs. */
export function requireGo(): void {
  const wanted = `Go ≥ 1.${GO_MINOR}.6 (https://go.dev/dl, unpack into /usr/local/go)`;
  const answer = spawnSync(goProgram(), ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const [, minor] = /^go1\.(\d+)/.exec(answer.stdout ?? '') ?? [];
  if (minor === undefined) throw new LabError(`the lab cannot run here: it needs ${wanted}; there is no go command`);
  if (Number(minor) < GO_MINOR)
    throw new LabError(`the lab cannot run here: it needs ${wanted}; this is ${answer.stdout.trim()}`);
}

function kernelHas(filesystem: string): boolean {
  const known = () => readFileSync('/proc/filesystems', 'utf8').includes(filesystem);
  return known() || (spawnSync('modprobe', [filesystem]).status === 0 && known());
}

function onPath(tool: string): boolean {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .some(directory => {
      try {
        accessSync(`${directory}/${tool}`, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
