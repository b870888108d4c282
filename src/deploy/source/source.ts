import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import type { Runner } from '../../exec/runner.ts';
import { readBeginning, readProjectFile } from '../../files/project-file.ts';
import { type Commit, commitAround, exportCommit } from './git.ts';
import { createManifest, type Manifest } from './manifest.ts';
import { readTree, type Tree } from './tree.ts';

/** The tree that becomes a release: read once, hashed once. */
export interface Source extends Pick<Tree, 'privateFiles' | 'secretFiles' | 'shared' | 'hidden'> {
  /** Absolute folder that uploads start from. */
  dir: string;
  manifest: Manifest;
  /** Bytes of each regular file by its line of the manifest: what the plan says about an upload. */
  sizes: ReadonlyMap<string, number>;
  totalBytes: number;
  commit: Commit | null;
  /** Of a file in `dir`, in the release or not. @throws UnreadableFile */
  readText(path: string): Promise<string>;
  /** The first bytes of one that may be large. */
  readBeginning(path: string, bytes: number): Promise<Buffer>;
  dispose(): Promise<void>;
}

const MAX_TEXT_BYTES = 1024 * 1024;

/** What is about the app and not of it, also where another file is the one that was read. */
const NEVER_SHIPPED = ['ops.yaml', 'ops.yml', 'ops.pins'];

/** `own` are the files that ops itself keeps for the project, by their absolute paths. */
export async function readSource(app: AppConfig, own: readonly string[], runner: Runner): Promise<Source> {
  // From here on V8's young generation grows no more: what a big tree leaves behind would double it time and again, to no use.
  setFlagsFromString('--semi-space-growth-factor=1');
  const { source } = app;
  const leftOut = new Set([...NEVER_SHIPPED, ...source.exclude, ...own.map(file => relative(source.dir, file))]);
  const exported = source.kind === 'git' ? await exportTo(source, leftOut, runner) : null;
  const dir = exported?.dir ?? source.dir;
  try {
    const [{ lines, sizes, ...told }, commit] = await Promise.all([
      readTree(dir, app, leftOut),
      exported?.commit ?? commitAround(source, leftOut, runner),
    ]);
    if (sizes.size === 0) throw new OpsError('source-empty', 'usage', `the source of ${app.id} has no files: ${dir}`);
    return {
      ...told,
      dir,
      manifest: createManifest(lines),
      sizes,
      totalBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
      commit,
      readText: async path => (await readProjectFile({ root: dir, path }, MAX_TEXT_BYTES)).toString(),
      readBeginning: (path, bytes) => readBeginning({ root: dir, path }, bytes),
      dispose: () => exported?.dispose() ?? Promise.resolve(),
    };
  } catch (error) {
    await exported?.dispose();
    throw error;
  }
}

async function exportTo(
  source: Extract<AppConfig['source'], { kind: 'git' }>,
  leftOut: ReadonlySet<string>,
  runner: Runner,
): Promise<{ dir: string; commit: Commit; dispose: () => Promise<void> }> {
  const temporary = await makeTemporary();
  const dispose = () => rm(temporary, { recursive: true, force: true });
  try {
    return { ...(await exportCommit(source, leftOut, temporary, runner)), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The folder that TMPDIR names may be one that was never made. */
async function makeTemporary(): Promise<string> {
  const base = resolve(tmpdir());
  return mkdtemp(join(base, 'ops-source-')).catch(cause => {
    throw new OpsError(
      'tmpdir-unusable',
      'failed',
      `no folder for the exported commit can be made in ${base}: ${cause.message}`,
      {
        hint: 'set TMPDIR to a writable folder with room for the source',
        cause,
      },
    );
  });
}
