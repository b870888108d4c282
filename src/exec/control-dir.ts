import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError } from '../errors.ts';

/** A folder that only this user may enter: control sockets and known-hosts files of one run. */
export interface ControlDir {
  path: string;
  remove(): Promise<void>;
}

/** sun_path on macOS; Linux has 4 more. */
const SOCKET_LIMIT = 104;
/** `/ops-XXXXXX/c99`, the dot and 16 letters that ssh adds while it connects, and the closing NUL. */
const LONGEST_TAIL = '/ops-XXXXXX/c99'.length + 17 + 1;

/** Where such a folder may be made, best first: the user's own runtime folder, then the temporary ones. */
export function controlDirBases(env: Readonly<Record<string, string | undefined>>, temporary = tmpdir()): string[] {
  const bases = [env.XDG_RUNTIME_DIR ?? '', temporary, '/tmp'];
  return [...new Set(bases)].filter(base => base.startsWith('/') && Buffer.byteLength(base) + LONGEST_TAIL <= SOCKET_LIMIT);
}

/** @throws OpsError control-dir: no base is writable. */
export async function createControlDir(bases: readonly string[]): Promise<ControlDir> {
  for (const base of bases) {
    // mkdtemp makes it 0700. XDG_RUNTIME_DIR may name a folder that su or a container never made.
    const path = await mkdtemp(join(base, 'ops-')).catch(() => null);
    if (path !== null) return { path, remove: () => rm(path, { recursive: true, force: true }) };
  }
  throw new OpsError(
    'control-dir',
    'failed',
    `no private folder could be made for ssh's control socket in ${bases.join(' or ')}`,
    {
      hint: 'set TMPDIR to a writable folder with a short path',
    },
  );
}
