import { isPath } from '../../forms.ts';
import type { Said } from '../answer.ts';
import type { FolderFacts } from './types.ts';

const KINDS = ['app', 'releases', 'state', 'units', 'env'] as const;
type Disk = Omit<FolderFacts, 'kind' | 'at' | 'writable'>;

/** `KIND FOLDER` of each, and what its file system has left; one that the host says nothing of is left out. */
export function parseFolders(said: Said): FolderFacts[] {
  const disks = new Map(said.all('disk').flatMap(parseDisk));
  const [readOnly, unwritable] = [said.all('read_only'), said.all('unwritable')];
  const lines = said.all('folder');
  return KINDS.flatMap(kind => {
    const at = lines.find(line => line.startsWith(`${kind} /`))?.slice(kind.length + 1) ?? '';
    const disk = disks.get(at);
    const writable = readOnly.includes(at) ? 'read-only' : unwritable.includes(at) ? 'no' : 'yes';
    return disk === undefined || !isPath(at) ? [] : [{ kind, at, writable, ...disk }];
  });
}

/** `stat -f -c '%S %b %a %c %d %T %n'`: block size, blocks, available blocks, inodes, free inodes, type, folder. */
function parseDisk(line: string): [folder: string, disk: Disk][] {
  const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\S+) (\/.*)$/.exec(line);
  if (match === null) return [];
  const [size, blocks, available, totalInodes, freeInodes] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return [[match[7]!, { totalBytes: size * blocks, freeBytes: size * available, totalInodes, freeInodes, type: match[6]! }]];
}
