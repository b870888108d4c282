import { posix } from 'node:path';
import type { SharedPath } from '../../config/types.ts';
import type { Entry } from './manifest.ts';

/** A path of a release that leads out of it, into the app's shared/, and what is made there when nothing is. */
export interface SharedEntry {
  path: string;
  kind: 'file' | 'folder';
}

/** What the source has at a shared path. It stays here: a release shows what is in shared/. */
export type Hidden = 'file' | 'folder' | 'empty folder' | 'link';

/** `data` in a release is a link to the app's shared/data, which outlives releases. */
export function sharedLink({ path }: SharedPath): Entry {
  const up = '../'.repeat(path.split('/').length + 1);
  return { type: 'link', path, target: `${up}shared/${path}` };
}

/** As it is written, else as the source has it, else by its name: `.env` and `db.sqlite3` are files, `data` is a folder. */
export function sharedEntry({ path, folder }: SharedPath, hidden: Hidden | undefined): SharedEntry {
  const isFile = hidden === 'file' || (hidden !== 'folder' && hidden !== 'empty folder' && posix.basename(path).includes('.'));
  return { path, kind: isFile && !folder ? 'file' : 'folder' };
}
