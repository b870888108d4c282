import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../files/replace-file.ts';
import { isDigest } from '../../forms.ts';
import { makeOwnFolder } from '../../run/own-folder.ts';
import { type Manifest, parseManifest } from './manifest.ts';

const KEPT = 10;
/** Lines written at once. */
const PIECE = 4_096;

/** Manifests of releases that this machine has sent, by digest: hosts then need not send them back to be compared with. */
export class ManifestCache {
  readonly #dir: string;

  constructor(cacheDir: string) {
    this.#dir = join(cacheDir, 'manifests');
  }

  async digests(): Promise<string[]> {
    const names = await readdir(this.#dir).catch(() => []);
    return names.filter(isDigest);
  }

  /** null when it is not there or no longer what its name says. */
  async read(digest: string): Promise<Manifest | null> {
    if (!isDigest(digest)) return null;
    const text = await readFile(join(this.#dir, digest), 'utf8').catch(() => null);
    const manifest = text === null ? null : parseManifest(text);
    return manifest?.digest === digest ? manifest : null;
  }

  /** A cache that cannot be written costs time later, nothing else. */
  async write(manifest: Manifest): Promise<void> {
    try {
      await makeOwnFolder(this.#dir);
      await replaceFile(join(this.#dir, manifest.digest), pieces(manifest.lines), 0o600);
      await this.#prune();
    } catch {}
  }

  async #prune(): Promise<void> {
    const digests = await this.digests();
    const aged = await Promise.all(digests.map(async name => ({ name, at: (await stat(join(this.#dir, name))).mtimeMs })));
    const old = aged.sort((a, b) => b.at - a.at).slice(KEPT);
    await Promise.all(old.map(({ name }) => rm(join(this.#dir, name), { force: true })));
  }
}

/** The text in pieces: no second copy of all of it. */
function* pieces(lines: readonly string[]): Generator<string> {
  for (let at = 0; at < lines.length; at += PIECE) yield [...lines.slice(at, at + PIECE), ''].join('\n');
}
