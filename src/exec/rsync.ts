import type { Upload } from './runner.ts';

/**
 * Arguments of one rsync upload. Names travel NUL-separated on stdin; modes become 755 or 644 by the executable bit, as
 * the manifest has them: chmod's = leaves set-uid, set-gid and sticky alone, so these are taken away by name.
 * `-c` because content decides, not size and second. Folders and links are made by the host from the manifest.
 */
export function rsyncArgs(upload: Upload, remote: { shell: string; prefix: string } | null): string[] {
  return [
    '--recursive',
    '--perms',
    '--chmod=Du=rwx,Dgo=rx,Fu=rwX,Fgo=rX,ug-s,-t',
    '--checksum',
    '--compress',
    '--from0',
    '--files-from=-',
    '--no-implied-dirs',
    '--timeout=30',
    '--info=progress2,stats1',
    '--no-human-readable',
    '--no-inc-recursive',
    ...(remote ? [`--rsh=${remote.shell}`, ...(upload.as.length > 0 ? [`--rsync-path=${upload.as.join(' ')} rsync`] : [])] : []),
    '--',
    `${upload.from}/`,
    `${remote?.prefix ?? ''}${upload.to}/`,
  ];
}

export interface RsyncProgress {
  bytes: number;
  percent: number;
}

/** One tick of --info=progress2, e.g. `     1,234,567  42%   10.20MB/s    0:00:03 (xfr#12, to-chk=3/40)`. */
export function parseProgress(line: string): RsyncProgress | null {
  const match = /^\s*([\d,]+)\s+(\d+)%\s/.exec(line);
  return match ? { bytes: Number(match[1]!.replaceAll(',', '')), percent: Number(match[2]) } : null;
}
