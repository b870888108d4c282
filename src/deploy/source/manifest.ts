import { createHash } from 'node:crypto';

/** One thing of a release tree. Paths are relative, without control characters or backslashes. */
export type Entry =
  | { type: 'dir'; path: string }
  | { type: 'file'; path: string; mode: 644 | 755; sha256: string }
  | { type: 'link'; path: string; target: string };

export interface Manifest {
  /** Lines sorted bytewise, as the host's `LC_ALL=C sort` would have them. */
  lines: readonly string[];
  /** sha256 of the text. */
  digest: string;
}

/**
 * `type TAB mode TAB content TAB path`: a directory has no content, a file its sha256, a link its target. Joined, not a
 * template: V8 would keep the pieces of that, and of large trees they are most of what ops has in memory.
 */
export function entryLine(entry: Entry): string {
  switch (entry.type) {
    case 'dir':
      return ['d', 755, '-', entry.path].join('\t');
    case 'file':
      return ['f', entry.mode, entry.sha256, entry.path].join('\t');
    case 'link':
      return ['l', '-', entry.target, entry.path].join('\t');
  }
}

/** Of lines in any order. */
export function createManifest(unsorted: readonly string[]): Manifest {
  const lines = unsorted.toSorted(byBytes);
  return { lines, digest: digestLines(lines) };
}

export function parseManifest(text: string): Manifest {
  const lines = text.split('\n').filter(line => line !== '');
  return { lines, digest: digestLines(lines) };
}

function digestLines(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** UTF-16 order differs from byte order only beyond the surrogates, so most comparisons are plain. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  for (let index = 0; index < a.length && index < b.length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return x >= 0xd800 || y >= 0xd800 ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x - y;
  }
  return a.length - b.length;
}

/** What turns one manifest into another: lines to drop, lines to add, and the regular files among the added ones. */
export interface Difference {
  add: readonly string[];
  drop: readonly string[];
  upload: readonly string[];
}

/** Both sides are sorted: one walk. */
export function compareManifests(from: Manifest | null, to: Manifest): Difference {
  const add: string[] = [];
  const drop: string[] = [];
  const before = from?.lines ?? [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < to.lines.length) {
    const old = before[left];
    const next = to.lines[right];
    const order = old === undefined ? 1 : next === undefined ? -1 : byBytes(old, next);
    if (order === 0) {
      left += 1;
      right += 1;
    } else if (order < 0) {
      drop.push(old!);
      left += 1;
    } else {
      add.push(next!);
      right += 1;
    }
  }
  return { add, drop, upload: add.filter(line => line.startsWith('f\t')).map(linePath) };
}

export interface ModeChange {
  path: string;
  from: string;
  to: string;
}

/** Files that are the same but for who may run them. */
export function modeChanges({ add, drop }: Pick<Difference, 'add' | 'drop'>): ModeChange[] {
  const before = new Map(drop.filter(line => line.startsWith('f\t')).map(line => [linePath(line), line.split('\t')]));
  return add.flatMap(line => {
    const [, to = '', content] = line.split('\t');
    const [, from = '', same] = before.get(linePath(line)) ?? [];
    return same !== undefined && same === content && from !== to ? [{ path: linePath(line), from, to }] : [];
  });
}

function linePath(line: string): string {
  return line.slice(line.indexOf('\t', line.indexOf('\t', line.indexOf('\t') + 1) + 1) + 1);
}
