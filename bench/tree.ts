import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A tree like a web application with its dependencies: nested folders, most files small, three in four of them text. The
 * same arguments make the same bytes on any machine.
 */
export function makeTree(dir: string, files: number, bytes: number): void {
  const random = seeded(files);
  const weights = Array.from({ length: files }, () => 0.1 + random() ** 4 * 5);
  const scale = bytes / weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    const path = join(dir, `package-${index % 97}`, `part-${index % 7}`, `${index}.${index % 4 === 3 ? 'bin' : 'js'}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content(path, Math.round(weight * scale), random));
  }
}

/** Gives `count` files of the tree other bytes of the same number; `seed` says which and what. */
export function changeTree(dir: string, count: number, seed: number): void {
  const random = seeded(seed);
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    path => path.startsWith('package-') && /\.\w+$/.test(path),
  );
  paths.sort();
  for (let left = count; left > 0; left--) {
    const [path = ''] = paths.splice(Math.floor(random() * paths.length), 1);
    writeFileSync(join(dir, path), content(path, readFileSync(join(dir, path)).length, random));
  }
}

const WORDS = 'const return function export import await async = => ( ) { } ; value index result options path name'.split(' ');

function content(path: string, size: number, random: () => number): Uint8Array {
  if (path.endsWith('.bin')) return Uint8Array.from({ length: size }, () => random() * 256);
  let text = '';
  while (text.length < size) text += `${WORDS[Math.floor(random() * WORDS.length)]}${random() < 0.1 ? '\n' : ' '}`;
  return Buffer.from(text.slice(0, size));
}

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  const [verb, dir = '', count, number] = process.argv.slice(2);
  if (verb === 'make') makeTree(dir, Number(count), Number(number));
  else changeTree(dir, Number(count), Number(number));
}
