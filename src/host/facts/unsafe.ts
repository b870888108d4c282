import type { Said } from '../answer.ts';
import type { AppFacts, UnsafeFolder } from './types.ts';

/** `OWNER UID:GID MODE KIND PATH` of each. */
export function parseUnsafe(said: Said): UnsafeFolder[] {
  return said.all('unsafe').flatMap(line => {
    const match = /^(\S+) (\d+):(\d+) ([0-7]{1,4}) (folder|link) (\/.*)$/.exec(line);
    if (match === null) return [];
    const [, owner = '', uid, gid, mode = '', kind, at = ''] = match;
    return [{ owner, uid: Number(uid), gid: Number(gid), mode, isLink: kind === 'link', at }];
  });
}

/** A folder that an adoption takes over, without what is in it. */
export interface FolderToTake {
  path: string;
  /** As it is: the name of its owner, both ids and the mode, as chown and chmod take them. */
  owner: string;
  ids: string;
  mode: string;
  /** The mode that it gets. */
  becomes: string;
}

/** What an adoption would have to take over; null where that would not do: a folder above the app's own, or a link. */
export function foldersToTake(facts: Pick<AppFacts, 'path' | 'unsafe' | 'userUid' | 'userGroups'>): FolderToTake[] | null {
  const own = [facts.path, `${facts.path}/releases`];
  if (facts.unsafe.some(({ at, isLink }) => isLink || !own.includes(at))) return null;
  return facts.unsafe.map(folder => ({
    path: folder.at,
    owner: folder.owner,
    ids: `${folder.uid}:${folder.gid}`,
    mode: folder.mode,
    becomes: modeAsOurs(folder, facts),
  }));
}

/** Nobody but its owner, root, writes to it any more; the account of the app goes on to see what it saw as its owner. */
function modeAsOurs(folder: UnsafeFolder, { userUid, userGroups }: Pick<AppFacts, 'userUid' | 'userGroups'>): string {
  const theirs = userGroups.includes(folder.gid) ? 0o050 : 0o005;
  const seen = folder.uid === userUid ? theirs : 0;
  return ((Number.parseInt(folder.mode, 8) & ~0o022) | 0o700 | seen).toString(8);
}
