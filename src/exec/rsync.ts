import { quoteCommand } from './quote.ts';
import type { Upload } from './runner.ts';

/** rsync on a host, or as root here: the environment of a login there decides nothing (RSYNC_PROTECT_ARGS and the like), but PATH. */
const ALONE = 'exec env -i PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH" LC_ALL=C rsync "$@"';

/** The words of that rsync, up to its arguments. */
export function rsyncThere(as: readonly string[]): readonly string[] {
  return [...as, '/bin/sh', '-c', ALONE, 'rsync'];
}

export interface Remote {
  /** See rsyncShell. */
  shell: string;
  /** `web1.tail1234.ts.net:` */
  prefix: string;
}

/**
 * Arguments of one rsync upload. Names travel NUL-separated on stdin; modes become 755 or 644 by the executable bit, as
 * the manifest has them: chmod's = leaves set-uid, set-gid and sticky alone, so these are taken away by name.
 * `-c` because content decides, not size and second. Folders and links are made by the host from the manifest.
 */
export function rsyncArgs(upload: Upload, remote: Remote | null): string[] {
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
    ...(remote ? [`--rsh=${remote.shell}`, `--rsync-path=${quoteCommand(rsyncThere(upload.as))}`] : []),
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
