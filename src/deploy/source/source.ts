import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import type { Runner } from '../../exec/runner.ts';
import { type Commit, exportCommit } from './git.ts';
import { createManifest, type Entry, entryLine, type Manifest } from './manifest.ts';

/** The tree that becomes a release: read once, hashed once. */
export interface Source {
  /** Absolute folder that uploads start from. */
  dir: string;
  manifest: Manifest;
  /** Bytes of each regular file by its line of the manifest: what the plan says about an upload. */
  sizes: ReadonlyMap<string, number>;
  totalBytes: number;
  /** Files that only their owner can read here, of which a release keeps nothing: how many, and one of them. */
  privateFiles: { count: number; first: string };
  commit: Commit | null;
  readText(path: string): Promise<string>;
  dispose(): Promise<void>;
}

/** What is about the app and not of it. */
const NEVER_SHIPPED = ['ops.yaml', 'ops.yml', 'ops.pins'];
const CHUNK = 1024 * 1024;
/** Hashing shares the thread with everything that opens the way to the hosts: a dozen small steps, each waiting for a gap. */
const YIELD_MS = 0.5;
const BAD_NAME = /[\u0000-\u001f\u007f\\]/;

export async function readSource(app: AppConfig, runner: Runner): Promise<Source> {
  // From here on V8's young generation grows no more: what a big tree leaves behind would double it time and again, to no use.
  setFlagsFromString('--semi-space-growth-factor=1');
  const exported = app.source.kind === 'git' ? await exportTo(app.source, runner) : null;
  const dir = exported?.dir ?? app.source.dir;
  try {
    const { lines, sizes, privateFiles } = await readTree(dir, app);
    if (sizes.size === 0) throw new OpsError('source-empty', 'usage', `the source of ${app.id} has no files: ${dir}`);
    return {
      dir,
      manifest: createManifest(lines),
      sizes,
      totalBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
      privateFiles,
      commit: exported?.commit ?? null,
      readText: path => readFile(join(dir, path), 'utf8'),
      dispose: () => exported?.dispose() ?? Promise.resolve(),
    };
  } catch (error) {
    await exported?.dispose();
    throw error;
  }
}

async function exportTo(source: Extract<AppConfig['source'], { kind: 'git' }>, runner: Runner) {
  const temporary = await mkdtemp(join(tmpdir(), 'ops-source-'));
  const dispose = () => rm(temporary, { recursive: true, force: true });
  try {
    return { ...(await exportCommit(source, temporary, runner)), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What a walk through the source gathers. Of an entry only its line is kept: that of 40,000 files is little. */
interface Tree {
  lines: string[];
  /** By line. */
  sizes: Map<string, number>;
  privateFiles: Source['privateFiles'];
}

async function readTree(root: string, app: AppConfig): Promise<Tree> {
  const skipped = new Set([...NEVER_SHIPPED, ...app.source.exclude.map(path => path.replace(/\/$/, ''))]);
  const tree: Tree = {
    lines: app.shared.map(path => entryLine(sharedLink(path))),
    sizes: new Map(),
    privateFiles: { count: 0, first: '' },
  };
  const shared = new Set(app.shared);
  /** Folders that have their line; before the walk these are the ones that shared paths lie in. */
  const known = new Set<string>();
  for (const path of app.shared) addParents(path, known, tree);
  const buffer = Buffer.allocUnsafe(CHUNK);
  const pending = [''];
  let resumeAt = performance.now() + YIELD_MS;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const item of readable(app, folder, () => readdirSync(join(root, folder), { withFileTypes: true }))) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (item.name === '.git' || skipped.has(path)) continue;
      if (BAD_NAME.test(item.name)) throw badEntry(app, path, 'has a control character or a backslash in its name');
      if (shared.has(path) || (known.has(path) && (item.isFile() || item.isSymbolicLink()))) {
        if (shared.has(path) && !item.isFile()) continue;
        throw badShared(app, path, item.isFile() ? 'a file' : 'a link');
      }
      if (item.isDirectory()) {
        if (!known.has(path)) tree.lines.push(entryLine({ type: 'dir', path }));
        known.add(path);
        pending.push(path);
      } else if (item.isSymbolicLink()) {
        const target = checkedTarget(
          app,
          path,
          readable(app, path, () => readlinkSync(join(root, path))),
        );
        tree.lines.push(entryLine({ type: 'link', path, target }));
      } else if (item.isFile()) {
        readable(app, path, () => readEntry(join(root, path), path, buffer, tree));
      } else throw badEntry(app, path, 'is neither a file, a folder nor a link');
      if (performance.now() > resumeAt) {
        await new Promise(resolve => setImmediate(resolve));
        resumeAt = performance.now() + YIELD_MS;
      }
    }
  }
  return tree;
}

/** What the system refuses to read is named, with the reason: a release without it would not be what the source is. */
function readable<T>(app: AppConfig, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    const exclude = `add it to apps.${app.id}.source.exclude`;
    if (code !== 'ENOENT')
      throw badEntry(app, path, `cannot be read: ${getSystemErrorMessage(errno)}`, `make it readable for you, or ${exclude}`);
    // Bytes that are not UTF-8 come as U+FFFD, and that leads nowhere; where the name really holds this character it does.
    if (path.includes('\ufffd'))
      throw badEntry(app, path, 'has a name that is not UTF-8', `rename it, or ${exclude} as shown here`);
    throw badEntry(app, path, 'went away while it was being read', 'the same command again, once nothing changes the source');
  }
}

/** Content and mode come from one open file, so they belong together even while the tree is being written to. */
function readEntry(file: string, path: string, buffer: Buffer, tree: Tree): void {
  const fd = openSync(file, 'r');
  try {
    const bits = fstatSync(fd).mode;
    const mode = bits & 0o111 ? 755 : 644;
    if ((bits & 0o044) === 0 && tree.privateFiles.count++ === 0) tree.privateFiles.first = path;
    const { sha256, size } = digestOf(fd, buffer);
    const line = entryLine({ type: 'file', path, mode, sha256 });
    tree.lines.push(line);
    tree.sizes.set(line, size);
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

/** `data` in a release is a link to the app's shared/data, which outlives releases. */
function sharedLink(path: string): Entry {
  const up = '../'.repeat(path.split('/').length + 1);
  return { type: 'link', path, target: `${up}shared/${path}` };
}

function addParents(path: string, known: Set<string>, tree: Tree): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    if (!known.has(parent)) tree.lines.push(entryLine({ type: 'dir', path: parent }));
    known.add(parent);
  }
}

/** A release is self-contained: a link may point anywhere inside it and nowhere else. */
function checkedTarget(app: AppConfig, path: string, target: string): string {
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  if (posix.isAbsolute(target) || resolved === '..' || resolved.startsWith('../')) {
    throw badEntry(app, path, `is a link to ${target}, outside the source`);
  }
  if (BAD_NAME.test(target)) throw badEntry(app, path, 'is a link whose target has a control character or a backslash');
  return target;
}

/** The host makes a folder of each shared path, and folders on the way to it. */
function badShared(app: AppConfig, path: string, kind: string): OpsError {
  const exact = app.shared.includes(path);
  const below = app.shared.find(other => other.startsWith(`${path}/`));
  const what = exact ? `is ${kind}, and shared holds folders` : `is ${kind}, and shared has ${below} below it`;
  const hint = `take ${exact ? path : below} out of apps.${app.id}.shared, or add ${path} to apps.${app.id}.source.exclude`;
  return badEntry(app, path, what, hint);
}

function badEntry(
  app: AppConfig,
  path: string,
  what: string,
  hint = `add it to apps.${app.id}.source.exclude, or remove it`,
): OpsError {
  return new OpsError('source-entry', 'usage', `${JSON.stringify(path || '.')} in the source of ${app.id} ${what}`, { hint });
}
