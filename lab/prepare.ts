import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { cached, fingerprint, isCached, type Say } from './cache.ts';
import { must, run } from './process.ts';
import { goProgram, requireGo } from './requirements.ts';

const HERE = new URL('.', import.meta.url);
const SUITE = 'bookworm';
/** debootstrap knows the usual mirror by itself. */
const MIRROR = process.env.OPS_LAB_MIRROR ? [process.env.OPS_LAB_MIRROR] : [];
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'procps', 'iproute2', 'iputils-ping'],
  ...['openssh-server', 'openssh-client', 'rsync', 'git', 'curl', 'ca-certificates'],
  ...['sudo', 'opendoas', 'busybox-static', 'iptables', 'nftables'],
];

/** What labs are made of; each a folder of the cache. */
export interface Parts {
  /** Binaries that run outside the hosts. */
  readonly headscale: string;
  readonly control: string;
  readonly wire: string;
  /** overlayfs `lowerdir=`: the lab's own layer (users, units, tailscale, node) over plain Debian. */
  readonly lower: string;
}

/** A Go module under go/, which pins what it builds by its go.sum; named after the version of `about`. */
interface Module {
  readonly name: string;
  readonly about: string;
  readonly packages: readonly string[];
}

const TAILSCALE: Module = {
  name: 'tailscale',
  about: 'tailscale.com',
  packages: ['tailscale.com/cmd/tailscale', 'tailscale.com/cmd/tailscaled'],
};
const HEADSCALE: Module = {
  name: 'headscale',
  about: 'github.com/juanfont/headscale',
  packages: ['github.com/juanfont/headscale/cmd/headscale'],
};
const CONTROL: Module = { name: 'control', about: 'tailscale.com', packages: ['.'] };
const WIRE: Module = { name: 'wire', about: 'golang.org/x/sys', packages: ['.'] };

/** Builds or finds everything a lab needs: some six minutes from nothing, milliseconds after. */
export async function prepare(say: Say): Promise<Parts> {
  if (![TAILSCALE, HEADSCALE, CONTROL, WIRE].every(module => isCached(folderOf(module)))) requireGo();
  // Debian comes over the network while Go keeps the processors busy, one module after the other.
  const debian = installDebian(say);
  debian.catch(() => {}); // reported where it is awaited
  const tailscale = await goBinaries(TAILSCALE, say);
  const headscale = `${await goBinaries(HEADSCALE, say)}/headscale`;
  const control = `${await goBinaries(CONTROL, say)}/control`;
  const wire = `${await goBinaries(WIRE, say)}/wire`;
  const rootfs = await debian;
  const layer = await dress(say, rootfs, tailscale);
  return { headscale, control, wire, lower: `${layer}/layer:${rootfs}/root` };
}

function sourceOf({ name }: Module): URL {
  return new URL(`go/${name}/`, HERE);
}

function versionOf(module: Module): string {
  const text = readFileSync(new URL('go.mod', sourceOf(module)), 'utf8');
  return text.split(`${module.about} v`)[1]?.split(/\s/)[0] ?? 'unpinned';
}

function folderOf(module: Module): string {
  return `${module.name}-${versionOf(module)}-${fingerprint(module.packages, sourceOf(module))}`;
}

function goBinaries(module: Module, say: Say): Promise<string> {
  return cached(folderOf(module), say, async directory => {
    const stamp = ['longStamp', 'shortStamp'].map(name => `-X tailscale.com/version.${name}=${versionOf(module)}`);
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${stamp.join(' ')}`];
    // Without cgo no C compiler is needed, and what is built here runs on the lab's Debian.
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
    await must([goProgram(), 'build', ...flags, '-o', `${directory}/`, ...module.packages], {
      cwd: sourceOf(module).pathname,
      env,
    });
  });
}

function installDebian(say: Say): Promise<string> {
  return cached(`debian-${SUITE}-${fingerprint([SUITE, ...PACKAGES])}`, say, async directory => {
    const include = `--include=${PACKAGES.join(',')}`;
    await must(contained(['debootstrap', '--variant=minbase', include, SUITE, `${directory}/root`, ...MIRROR]));
    await run(['sh', '-c', `rm -rf ${directory}/root/var/cache/apt/archives/*.deb ${directory}/root/var/lib/apt/lists/*`]);
  });
}

function dress(say: Say, rootfs: string, tailscale: string): Promise<string> {
  const program = new URL('sh/dress.sh', HERE);
  const name = fingerprint([rootfs, tailscale, process.version, readFileSync(program, 'utf8')], new URL('rootfs/', HERE));
  return cached(`layer-${name}`, say, async directory => {
    const layer = `${directory}/layer`;
    cpSync(new URL('rootfs/files/', HERE), layer, { recursive: true });
    mkdirSync(`${layer}/usr/bin`, { recursive: true });
    mkdirSync(`${layer}/usr/sbin`, { recursive: true });
    copyFileSync(`${tailscale}/tailscale`, `${layer}/usr/bin/tailscale`);
    copyFileSync(`${tailscale}/tailscaled`, `${layer}/usr/sbin/tailscaled`);
    copyFileSync(process.execPath, `${layer}/usr/local/bin/node`);
    copyFileSync(new URL('rootfs/dress.sh', HERE), `${directory}/dress.sh`);
    await must(contained(['sh', program.pathname, `${rootfs}/root`, directory]));
  });
}

/** Mounts and processes of a build die with it, also when this process is killed. */
function contained(argv: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv];
}
