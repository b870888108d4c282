import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpsError } from '../errors.ts';
import { printable } from './flaw.ts';

/** A file or a folder, as far as it says who could put another ops.yaml there. */
export interface Place extends Pick<Stats, 'uid' | 'gid' | 'mode'> {
  path: string;
}

export interface Account {
  uids: readonly number[];
  gids: readonly number[];
}

/** In a container the accounts outside of it, root first of all, are seen as this one. */
const UNMAPPED = 65_534;
const STICKY = 0o1000;

/**
 * An ops.yaml that was only found, such as one in /tmp, says what is done with this person's keys.
 * `target` is what `file` leads to.
 * @throws OpsError config-not-ours
 */
export async function requireOurs(file: string, target: string): Promise<void> {
  const places: Place[] = [];
  for (let path = target; ; path = dirname(path)) {
    const { uid, gid, mode } = await stat(path);
    places.push({ path, uid, gid, mode });
    if (path === dirname(path)) break;
  }
  const why = foreign(places, callers());
  if (why === null) return;
  throw new OpsError(
    'config-not-ours',
    'usage',
    `${printable(file)} was found, and somebody else could have put it there: ${why}`,
    {
      hint: `--config ${printable(file)}, when you mean it`,
    },
  );
}

/** Why another account than this one and root can change a file; null when none can. The file comes first, then each folder above it. */
export function foreign([file, ...folders]: readonly Place[], { uids, gids }: Account): string | null {
  if (file === undefined) return null;
  const isOurs = ({ uid }: Place) => uid === 0 || uids.includes(uid);
  const whose = ({ path, uid }: Place) => `${printable(path)} belongs to uid ${uid}`;
  const writable = ({ path, gid, mode }: Place) => {
    if (mode & 0o002) return `${printable(path)} is writable for everybody`;
    return mode & 0o020 && gid !== 0 && !gids.includes(gid) ? `${printable(path)} is writable for group ${gid}` : null;
  };
  if (!isOurs(file)) return whose(file);
  const folder = folders.find(each => !isOurs(each) && each.uid !== UNMAPPED);
  if (folder) return whose(folder);
  // In a sticky folder what is ours cannot be replaced.
  return [file, ...folders.filter(({ mode }) => !(mode & STICKY))].map(writable).find(why => why !== null) ?? null;
}

/** Under sudo also whoever called it. */
function callers(): Account {
  const { SUDO_UID, SUDO_GID } = process.env;
  const uid = process.geteuid?.() ?? 0;
  const called = uid === 0 && SUDO_UID !== undefined;
  return {
    uids: [uid, ...(called ? [Number(SUDO_UID)] : [])],
    gids: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? []), ...(called ? [Number(SUDO_GID)] : [])],
  };
}
