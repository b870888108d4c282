import { createHash, hash } from 'node:crypto';
import { closeSync, type Dirent, fstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join, posix } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { quoteCommand } from '../../exec/quote.ts';
import { UnreadableFile, WITHOUT_LINKS } from '../../files/project-file.ts';
import { plural } from '../../format.ts';
import { strays } from './links.ts';
import { entryLine } from './manifest.ts';
import { byDepth, looksSecret } from './secret-files.ts';
import { type Hidden, type SharedEntry, sharedEntry, sharedLink } from './shared.ts';

const CHUNK = 1024 * 1024;
/** Hashing shares the thread with everything that opens the way to the hosts: a dozen small steps, each waiting for a gap. */
const YIELD_MS = 0.5;
const BAD_NAME = /[\u0000-\u001f\u007f\\]/;
/** What git-lfs keeps in the place of a file: shorter than this, and it begins so. */
const POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');
const POINTER_BYTES = 1024;
/** They keep a folder in git that has nothing else in it. */
const KEEPERS = new Set(['.gitkeep', '.keep']);

/** What a walk through the source gathers. Of an entry only its line is kept: that of 40,000 files is little. */
interface Gathered {
  lines: string[];
  /** By line. */
  sizes: Map<string, number>;
  /** Files that only their owner can read here, of which a release keeps nothing: how many, and one of them. */
  privateFiles: { count: number; first: string };
  /** Other files that look like secrets. */
  secretFiles: string[];
}

export interface Tree extends Gathered {
  shared: readonly SharedEntry[];
  /** Shared paths where the source has content of its own: it stays here. */
  hidden: readonly string[];
}

/** `leftOut` are paths relative to `root`. @throws OpsError source-entry or source-lfs */
export async function readTree(root: string, app: AppConfig, leftOut: ReadonlySet<string>): Promise<Tree> {
  const tree: Gathered = {
    lines: app.shared.map(each => entryLine(sharedLink(each))),
    sizes: new Map(),
    privateFiles: { count: 0, first: '' },
    secretFiles: [],
  };
  const isShared = new Set(app.shared.map(({ path }) => path));
  const hidden = new Map<string, Hidden>();
  /** Folders that have their line; before the walk these are the ones that shared paths lie in. */
  const known = new Set<string>();
  for (const { path } of app.shared) addParents(path, known, tree);
  /** By path, each with its target. */
  const links = new Map<string, string>();
  const pointers: string[] = [];
  const buffer = Buffer.allocUnsafe(CHUNK);
  const pending = [''];
  let resumeAt = performance.now() + YIELD_MS;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const item of readable(app, folder, () => readdirSync(join(root, folder), { withFileTypes: true }))) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (item.name === '.git' || leftOut.has(path)) continue;
      if (BAD_NAME.test(item.name)) throw badEntry(app, path, 'has a control character or a backslash in its name');
      if (isShared.has(path)) {
        hidden.set(
          path,
          whatIs(item, () => readable(app, path, () => readdirSync(join(root, path)))),
        );
        continue;
      }
      if (known.has(path) && !item.isDirectory()) throw aboveShared(app, path, item.isFile() ? 'a file' : 'a link');
      if (item.isDirectory()) {
        if (!known.has(path)) tree.lines.push(entryLine({ type: 'dir', path }));
        known.add(path);
        pending.push(path);
      } else if (item.isSymbolicLink()) {
        const target = readable(app, path, () => readlinkSync(join(root, path)));
        links.set(path, target);
        tree.lines.push(entryLine({ type: 'link', path, target }));
      } else if (item.isFile()) {
        if (readable(app, path, () => readEntry(join(root, path), path, buffer, tree))) pointers.push(path);
      } else throw badEntry(app, path, 'is neither a file, a folder nor a link');
      if (performance.now() > resumeAt) {
        await new Promise(resolve => setImmediate(resolve));
        resumeAt = performance.now() + YIELD_MS;
      }
    }
  }
  checkLinks(app, links, isShared);
  if (pointers.length > 0) throw onlyPointers(app, pointers);
  return {
    ...tree,
    secretFiles: byDepth(tree.secretFiles),
    shared: app.shared.map(each => sharedEntry(each, hidden.get(each.path))),
    hidden: [...hidden].flatMap(([path, what]) => (what === 'empty folder' ? [] : [path])).sort(),
  };
}

function whatIs(item: Dirent, names: () => readonly string[]): Hidden {
  if (item.isFile()) return 'file';
  if (!item.isDirectory()) return 'link';
  return names().every(name => KEEPERS.has(name)) ? 'empty folder' : 'folder';
}

/** What the system refuses to read is named, with the reason: a release without it would not be what the source is. */
function readable<T>(app: AppConfig, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    const again = 'the same command again, once nothing changes the source';
    if (error instanceof UnreadableFile || code === 'ELOOP')
      throw badEntry(app, path, 'was replaced while it was being read', again);
    if (errno === undefined) throw error;
    const exclude = `add it to apps.${app.id}.source.exclude`;
    if (code !== 'ENOENT')
      throw badEntry(app, path, `cannot be read: ${getSystemErrorMessage(errno)}`, `make it readable for you, or ${exclude}`);
    // Bytes that are not UTF-8 come as U+FFFD, and that leads nowhere; where the name really holds this character it does.
    if (path.includes('\ufffd'))
      throw badEntry(app, path, 'has a name that is not UTF-8', `rename it, or ${exclude} as shown here`);
    throw badEntry(app, path, 'went away while it was being read', again);
  }
}

/**
 * Content and mode come from one open file, so they belong together even while the tree is being written to.
 * True when it is what git-lfs has in the place of the file.
 */
function readEntry(file: string, path: string, buffer: Buffer, tree: Gathered): boolean {
  const fd = openSync(file, WITHOUT_LINKS);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new UnreadableFile(path, 'expected a file');
    const bits = stats.mode;
    const mode = bits & 0o111 ? 755 : 644;
    const { sha256, size } = digestOf(fd, buffer);
    if (size > 0 && looksSecret(path, () => buffer.toString('latin1', 0, size < CHUNK ? size : 0))) tree.secretFiles.push(path);
    else if ((bits & 0o044) === 0 && tree.privateFiles.count++ === 0) tree.privateFiles.first = path;
    const line = entryLine({ type: 'file', path, mode, sha256 });
    tree.lines.push(line);
    tree.sizes.set(line, size);
    return size < POINTER_BYTES && buffer.subarray(0, Math.min(size, POINTER.length)).equals(POINTER);
  } finally {
    closeSync(fd);
  }
}

function digestOf(fd: number, buffer: Buffer): { sha256: string; size: number } {
  let count = readSync(fd, buffer);
  if (count < CHUNK) return { sha256: hash('sha256', buffer.subarray(0, count)), size: count };
  const running = createHash('sha256');
  let size = 0;
  for (; count > 0; count = readSync(fd, buffer)) {
    running.update(buffer.subarray(0, count));
    size += count;
  }
  return { sha256: running.digest('hex'), size };
}

function addParents(path: string, known: Set<string>, tree: Gathered): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    if (!known.has(parent)) tree.lines.push(entryLine({ type: 'dir', path: parent }));
    known.add(parent);
  }
}

/** A release is self-contained: a link may point anywhere inside it and nowhere else. */
function checkLinks(app: AppConfig, links: ReadonlyMap<string, string>, shared: ReadonlySet<string>): void {
  for (const [path, target] of links) {
    const where = posix.isAbsolute(target) ? 'outside the source' : strays(path, links, shared);
    if (where !== null) throw badEntry(app, path, `is a link to ${target}, ${where}`);
    if (BAD_NAME.test(target)) throw badEntry(app, path, 'is a link whose target has a control character or a backslash');
  }
}

/** A folder that a shared path lies in is a folder of the release. */
function aboveShared(app: AppConfig, path: string, kind: string): OpsError {
  const below = app.shared.find(other => other.path.startsWith(`${path}/`))?.path;
  const hint = `take ${below} out of apps.${app.id}.shared, or add ${path} to apps.${app.id}.source.exclude`;
  return badEntry(app, path, `is ${kind}, and shared has ${below} below it`, hint);
}

function onlyPointers({ id, source }: AppConfig, [first, ...others]: readonly string[]): OpsError {
  const files =
    others.length === 0
      ? `${first} in the source of ${id} is a pointer`
      : `${first} and ${plural(others.length, 'other file')} in the source of ${id} are pointers`;
  // An export fetches by itself what it has a filter for.
  const command = source.kind === 'git' ? ['install', '--local'] : ['pull'];
  return new OpsError('source-lfs', 'usage', `${files} of git-lfs, not the content itself`, {
    hint: `${quoteCommand(['git', '-C', source.dir, 'lfs', ...command])}, or add to apps.${id}.source.exclude what the app does not need`,
  });
}

export function badEntry(
  app: AppConfig,
  path: string,
  what: string,
  hint = `add it to apps.${app.id}.source.exclude, or remove it`,
): OpsError {
  return new OpsError('source-entry', 'usage', `${JSON.stringify(path || '.')} in the source of ${app.id} ${what}`, { hint });
}
