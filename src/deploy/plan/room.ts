import type { HostConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { formatBytes } from '../../format.ts';
import type { AppFacts } from '../../host/facts/types.ts';
import type { Difference } from '../source/manifest.ts';

/** A small file takes a whole block on most file systems. */
const BLOCK = 4096;

/**
 * Refuses an upload that the disk cannot take, before a byte of it is sent. What the base release has already is linked
 * and takes no room; where the app runs as the login (privilege none) it is copied.
 * @throws OpsError disk-full.
 */
export function requireRoom(
  host: HostConfig,
  { folders }: AppFacts,
  difference: Difference,
  bytes: { upload: number; tree: number },
): void {
  const disk = folders.find(({ kind }) => kind === 'releases');
  if (disk === undefined) return;
  const names = difference.add.length;
  const needed = (host.privilege === 'none' ? bytes.tree : bytes.upload) + names * BLOCK;
  const full = needed > disk.freeBytes ? `${formatBytes(needed)}, and ${formatBytes(disk.freeBytes)} are left` : null;
  // File systems without fixed inodes report none at all.
  const used = disk.totalInodes > 0 && names > disk.freeInodes ? `${names} inodes, and ${disk.freeInodes} are left` : null;
  const lacks = full ?? used;
  if (lacks === null) return;
  throw new OpsError('disk-full', 'host-not-ready', `${host.id}: the release needs ${lacks} at ${disk.at}; nothing was changed`, {
    hint: `ops releases --prune --keep 2 --host ${host.id}`,
  });
}
