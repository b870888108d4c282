import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../errors.ts';

/** A file that the project names, below the folder that the person chose. */
export interface ProjectFile {
  /** Absolute; how one gets there is the person's own affair. */
  root: string;
  /** Relative to it, without `..`. */
  path: string;
}

/** Never through a link, and never waiting: a FIFO would make a plain open wait for its writer. */
export const WITHOUT_LINKS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;
const WITH_LINKS = WITHOUT_LINKS & ~constants.O_NOFOLLOW;
const DEADLINE_MS = 10_000;

/** `reason` reads on after the file's name, as in `ops.pins: expected a file, found a link`. It holds nothing of the content. */
export class UnreadableFile extends OpsError {
  readonly reason: string;
  readonly missing: boolean;

  constructor(path: string, reason: string, cause?: unknown) {
    super('file-unreadable', 'usage', `${path}: ${reason}`, { cause });
    this.reason = reason;
    this.missing = codeOf(cause) === 'ENOENT';
  }
}

/** All of a small file. @throws UnreadableFile */
export function readProjectFile(file: ProjectFile, maxBytes: number): Promise<Buffer> {
  return inTime(
    file.path,
    withProjectFile(file, opened => readAll(opened, maxBytes)),
  );
}

/** The first bytes of a file that may be large. @throws UnreadableFile */
export function readBeginning(file: ProjectFile, bytes: number): Promise<Buffer> {
  return inTime(
    file.path,
    withProjectFile(file, ({ handle }) => upTo(handle, bytes)),
  );
}

/** A file that the person named for this very command: links are followed, as they mean it. @throws UnreadableFile */
export function readGivenFile(path: string, maxBytes: number): Promise<Buffer> {
  return inTime(
    path,
    withFile(path, WITH_LINKS, opened => readAll(opened, maxBytes)),
  );
}

interface Opened {
  path: string;
  handle: FileHandle;
  stats: Stats;
}

function withProjectFile<T>({ root, path }: ProjectFile, read: (opened: Opened) => Promise<T>): Promise<T> {
  return withFile(join(root, path), WITHOUT_LINKS, async opened => {
    await requireRealWay({ root, path }, opened.stats);
    return read(opened);
  });
}

async function withFile<T>(path: string, flags: number, read: (opened: Opened) => Promise<T>): Promise<T> {
  const handle = await open(path, flags).catch(error => Promise.reject(cannotOpen(path, error)));
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new UnreadableFile(path, `expected a file, found ${stats.isDirectory() ? 'a directory' : 'a device or a pipe'}`);
    return await read({ path, handle, stats });
  } finally {
    await handle.close();
  }
}

/** After the open, so that nothing can be put in its place in between: what was opened lies at the end of this way. */
async function requireRealWay({ root, path }: ProjectFile, opened: Stats): Promise<void> {
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    if (!(await lstat(join(root, at))).isDirectory())
      throw new UnreadableFile(join(root, path), `expected a file, found a link on the way: ${at}`);
  }
  const named = await lstat(join(root, path));
  if (named.ino !== opened.ino || named.dev !== opened.dev)
    throw new UnreadableFile(join(root, path), 'it was replaced while it was read');
}

async function readAll({ path, handle, stats }: Opened, maxBytes: number): Promise<Buffer> {
  const bytes = await upTo(handle, maxBytes + 1);
  if (bytes.length <= maxBytes) return bytes;
  const found = Math.ceil(Math.max(stats.size, bytes.length) / 1024);
  throw new UnreadableFile(path, `expected at most ${maxBytes / 1024} KB, found ${found} KB`);
}

async function upTo(handle: FileHandle, bytes: number): Promise<Buffer> {
  return Buffer.concat(await handle.createReadStream({ start: 0, end: bytes - 1, autoClose: false }).toArray());
}

function cannotOpen(path: string, error: unknown): UnreadableFile {
  const code = codeOf(error);
  const reason =
    code === 'ENOENT' ? 'no such file' : code === 'ELOOP' ? 'expected a file, found a link' : `cannot be opened (${code})`;
  return new UnreadableFile(path, reason, error);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
}

/** A file system behind a network may answer never. */
async function inTime<T>(path: string, reading: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new UnreadableFile(path, `could not be read within ${DEADLINE_MS / 1000} s`)),
    DEADLINE_MS,
  );
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
