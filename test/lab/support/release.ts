import { hash } from 'node:crypto';
import type { ProbeConfig } from '../../../src/config/types.ts';
import type { Contents } from '../../../src/deploy/release/contents.ts';
import type { Installed } from '../../../src/deploy/release/installed.ts';
import { createManifest, entryLine, type Manifest } from '../../../src/deploy/source/manifest.ts';

/** A tree in memory: path → text of a file, `{link}` of a symbolic link. Folders follow from the paths. */
export type Tree = Readonly<Record<string, string | { link: string } | { text: string; mode: '755' }>>;

export interface Release {
  id: string;
  run: string;
  tree: Tree;
  base?: { id: string; tree: Tree };
  units?: Readonly<Record<string, string>>;
  dropins?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** Besides those that `units` has files for. */
  services?: readonly string[];
  /** `id kind target status contains attempts interval timeout [through]` each; `-` for nothing. */
  probes?: readonly string[];
  /** One that an operator has to ask as well. */
  asked?: boolean;
  checks?: readonly (readonly string[])[];
  stableMs?: number;
  keep?: number;
  adopt?: boolean;
}

/** As the CLI would have read it from a disk. */
export function manifestOf(tree: Tree): Manifest {
  const folders = new Set<string>();
  const lines = Object.entries(tree).map(([path, entry]) => {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
    if (typeof entry === 'object' && 'link' in entry) return entryLine({ type: 'link', path, target: entry.link });
    const [text, mode] = typeof entry === 'string' ? [entry, 644 as const] : [entry.text, 755 as const];
    return entryLine({ type: 'file', path, mode, sha256: hash('sha256', text) });
  });
  return createManifest([...lines, ...[...folders].map(path => entryLine({ type: 'dir', path }))]);
}

/** The files outside the tree, as a plan names them, and what travels beside it. */
export function installedOf({ units = {}, dropins = {}, env }: Release): { installed: Installed; contents: Contents } {
  const texts = new Map<string, string>();
  const named = (file: 'unit' | 'dropin') => (entry: [string, string]) => {
    const digest = hash('sha256', entry[1]);
    texts.set(digest, entry[1]);
    return { file, unit: entry[0], digest };
  };
  const files = [...Object.entries(units).map(named('unit')), ...Object.entries(dropins).map(named('dropin'))];
  const variables = env === undefined ? null : Object.keys(env).map(name => ({ name, from: 'ops.yaml' }));
  return { installed: { files, variables }, contents: { texts, env: env ?? {} } };
}

export function probeOf(words: string): ProbeConfig {
  const [id = '', kind, target = '', status = '-', contains = '-', ...times] = words.split(' ');
  const [attempts = 1, intervalMs = 0, timeoutMs = 0] = times.map(Number);
  return {
    ...{ id, kind: kind as ProbeConfig['kind'], target, from: 'host', attempts, intervalMs, timeoutMs },
    ...{
      status: status === '-' ? [] : status.split(',').map(Number),
      contains: contains === '-' ? null : contains,
      through: times[3] ?? null,
    },
  };
}
