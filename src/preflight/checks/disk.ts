import type { AppConfig, HostConfig } from '../../config/types.ts';
import { quoteCommand } from '../../exec/quote.ts';
import { formatBytes } from '../../format.ts';
import { asRoot } from '../../host/as-root.ts';
import type { AppFacts, FolderFacts } from '../../host/facts/types.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, unknown, warn } from '../finding.ts';
import type { Finding } from '../result.ts';
import type { HostView } from '../view.ts';

/** More than a run writes beside its release: notes, manifests, units, the room for its record. */
const BESIDE = { bytes: 200_000, inodes: 50 };

const HOLDS: Readonly<Record<FolderFacts['kind'], string>> = {
  app: '`current` lies there',
  releases: 'releases go there',
  state: 'the notes of ops go there',
  units: 'units go there',
  env: 'the env file goes there',
};

export const disk: Check = {
  id: 'disk',
  title: 'room on the host',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.app,
  codes: {
    'disk-full':
      'The file system of the releases has less room or fewer inodes left than checks.disk.fail allows, or that of the notes or units has next to none. `ops releases APP --prune --keep 2` removes old releases and what dead uploads left; where there are none, something else fills it: `du` shows what.',
    'disk-filling':
      'The file system of the target is fuller than checks.disk.warn. Remove old releases before it stops a deploy: `ops releases APP --prune --keep 3`.',
    'disk-read-only':
      'A deploy writes to this folder, and its file system is mounted read-only: on purpose, or by the kernel after an I/O error. `findmnt -T FOLDER` and `dmesg` on the host tell.',
    'folder-unwritable':
      'A deploy writes to this folder and may not. With `privilege: none` it belongs to another account than the login; for root it was made immutable (`lsattr -d FOLDER` shows an i), or lies on a network file system that keeps root out.',
    'disk-unread': 'The host did not say how full its disk is. Its `stat` may not be the GNU one.',
  },
  async run(view) {
    const { folders, ...facts } = await view.appFacts();
    const app = view.app!;
    const written = folders.filter(({ kind }) => isWritten(kind, app));
    const releases = written.find(({ kind }) => kind === 'releases');
    if (releases === undefined) return unknown('disk-unread', 'the host did not say how full its disk is');
    const barred = written.find(({ writable }) => writable !== 'yes');
    if (barred !== undefined) return unwritable(view, barred);
    // All may be one disk: then it is the releases that can go.
    const found = room(view, releases, canPrune(facts));
    const packed = found.verdict === 'fail' ? undefined : written.find(isPacked);
    return packed === undefined ? found : noRoomBeside(packed);
  },
};

function isWritten(kind: FolderFacts['kind'], { env, services }: AppConfig): boolean {
  const hasEnv = Object.keys(env).length > 0;
  switch (kind) {
    case 'units':
      return services.some(service => hasEnv || service.kind !== 'existing');
    case 'env':
      return hasEnv;
    default:
      return true;
  }
}

function unwritable({ app, host }: HostView, folder: FolderFacts): Finding {
  const { at, kind, writable } = folder;
  const observed = { ...folder };
  if (writable === 'read-only')
    return fail('disk-read-only', `${at} is mounted read-only, and ${HOLDS[kind]}`, {
      remedies: [`on the host: ${quoteCommand(['findmnt', '-T', at])}`],
      observed,
    });
  const own = host.privilege === 'none';
  return fail('folder-unwritable', `${own ? host.user : 'root'} cannot write to ${at}, and ${HOLDS[kind]}`, {
    remedies: own
      ? [madeTheirs(host, folder, app!.path)]
      : [`on the host: ${quoteCommand(['lsattr', '-d', at])}`, asRoot(host, quoteCommand(['chattr', '-i', at]))],
    observed,
  });
}

/** Of what lies above the app's own folder nothing becomes the login's. */
function madeTheirs(host: HostConfig, { kind, at }: FolderFacts, path: string): string {
  const words = kind === 'app' && at !== path ? ['install', '-d', '-o', host.user, path] : ['chown', `${host.user}:`, at];
  return asRoot(host, quoteCommand(words));
}

function isPacked({ freeBytes, totalInodes, freeInodes }: FolderFacts): boolean {
  return freeBytes < BESIDE.bytes || (totalInodes > 0 && freeInodes < BESIDE.inodes);
}

function noRoomBeside(folder: FolderFacts): Finding {
  const { at, kind, freeBytes, freeInodes } = folder;
  const left = freeBytes < BESIDE.bytes ? formatBytes(freeBytes) : `${freeInodes} inodes`;
  return fail('disk-full', `${at} has ${left} left, and ${HOLDS[kind]}`, {
    remedies: [`on the host: ${quoteCommand(['df', freeBytes < BESIDE.bytes ? '-h' : '-i', at])}`],
    observed: { ...folder },
  });
}

/** With no more than two releases there it would not find one to remove. */
function canPrune({ releases, leftovers }: Pick<AppFacts, 'releases' | 'leftovers'>): boolean {
  return leftovers.length > 0 || releases.filter(({ present }) => present).length > 2;
}

function room({ app, config }: HostView, folder: FolderFacts, hasOld: boolean): Finding {
  const { at, freeBytes, freeInodes } = folder;
  const observed = { ...folder };
  const largest = `on the host: du -xh --max-depth=2 ${at} | sort -h | tail`;
  const remedies = [hasOld ? `ops releases ${app?.id} --prune --keep 2` : largest];
  const bytes = share(folder.totalBytes, freeBytes);
  const inodes = share(folder.totalInodes, freeInodes);
  const { diskWarn, diskFail } = config.checks;
  const full = `${at} is ${bytes} % full (${formatBytes(freeBytes)} left)`;
  const names = `${at} has used ${inodes} % of its inodes (${freeInodes.toLocaleString('en-US')} left)`;
  // The fuller of the two is what stops a deploy first.
  const [used, message] = inodes > bytes ? [inodes, names] : [bytes, full];
  if (used >= diskFail) return fail('disk-full', message, { remedies, observed });
  if (used >= diskWarn) return warn('disk-filling', message, { remedies, observed });
  return pass(full, observed);
}

/** Whole per cent in use. File systems without fixed inodes (btrfs, zfs) report none: then nothing is used up. */
function share(total: number, free: number): number {
  return total <= 0 ? 0 : Math.round(((total - free) / total) * 100);
}
