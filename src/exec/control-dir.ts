import { readdirSync, rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError } from '../errors.ts';
import { atExit } from './at-exit.ts';
import { runNow } from './local.ts';
import { ONE_WORD } from './rsync-shell.ts';
import { endMasterCommand } from './ssh.ts';

/** A folder that only this user may enter: control sockets, known-hosts files and scripts of one run. */
export interface ControlDir {
  path: string;
  remove(): Promise<void>;
}

/** sun_path on macOS; Linux has 4 more. */
const SOCKET_LIMIT = 104;
/** `/ops-XXXXXX/c99`, the dot and 16 letters that ssh adds while it connects, and the closing NUL. */
const LONGEST_TAIL = '/ops-XXXXXX/c99'.length + 17 + 1;
const NAME = /^ops-[A-Za-z0-9]{6}$/;
/** Its owner listens here for as long as it lives, and nobody after it: a number of a process would one day be another's. */
const OWNER = 'own';

/** Where such a folder may be made, best first: the user's own runtime folder, then the temporary ones. */
export function controlDirBases(env: Readonly<Record<string, string | undefined>>, temporary = tmpdir()): string[] {
  const bases = [env.XDG_RUNTIME_DIR ?? '', temporary, '/tmp'];
  return [...new Set(bases)].filter(base => ONE_WORD.test(base) && Buffer.byteLength(base) + LONGEST_TAIL <= SOCKET_LIMIT);
}

/**
 * Takes away first what runs that were killed have left there.
 * @throws OpsError control-dir: no base is writable.
 */
export async function createControlDir(bases: readonly string[]): Promise<ControlDir> {
  for (const base of bases) await sweep(base);
  for (const base of bases) {
    // mkdtemp makes it 0700. XDG_RUNTIME_DIR may name a folder that su or a container never made.
    const path = await mkdtemp(join(base, 'ops-')).catch(() => null);
    if (path === null) continue;
    const owner = await own(path).catch(() => null);
    if (owner === null) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    const callOff = atExit(() => discard(path));
    const remove = async () => {
      callOff();
      owner.close();
      await rm(path, { recursive: true, force: true });
    };
    return { path, remove };
  }
  throw new OpsError(
    'control-dir',
    'failed',
    `no private folder could be made for ssh's control socket in ${bases.join(' or ')}`,
    {
      hint: 'set TMPDIR to a writable folder with a short path, without blanks or quotes',
    },
  );
}

/** Under its name only once it listens: a socket that is merely there says that its owner is dead. */
async function own(path: string): Promise<Server> {
  const unnamed = join(path, 'new');
  const server = createServer(socket => socket.destroy()).unref();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(unnamed, resolve));
  await rename(unnamed, join(path, OWNER));
  return server;
}

async function sweep(base: string): Promise<void> {
  const names = await readdir(base).catch(() => []);
  for (const path of names.filter(name => NAME.test(name)).map(name => join(base, name))) {
    if (await isLeft(path)) discard(path);
  }
}

/** Ours, and its owner is dead. A folder without that socket is nobody's that we know. */
async function isLeft(path: string): Promise<boolean> {
  const folder = await lstat(path).catch(() => null);
  if (!folder?.isDirectory() || folder.uid !== process.getuid?.()) return false;
  return new Promise(resolve => {
    const socket = connect(join(path, OWNER));
    const answer = (isDead: boolean) => {
      socket.destroy();
      resolve(isDead);
    };
    socket.once('connect', () => answer(false));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED'));
  });
}

/** Ends the connections whose sockets lie there, which a killed run cannot, and then the folder. */
function discard(path: string): void {
  try {
    const sockets = readdirSync(path).filter(name => /^c\d+$/.test(name));
    for (const name of sockets) runNow(endMasterCommand(join(path, name)));
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another run has swept it in the meantime.
  }
}
