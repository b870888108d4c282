import { hash } from 'node:crypto';
import type { Said } from '../answer.ts';
import type { InstalledFile } from './types.ts';

/** `MODE PATH` and `DIGEST  PATH` of each file; the texts of some. */
export function parseInstalled(said: Said): InstalledFile[] {
  const digests = new Map(said.all('digest').map(line => [line.slice(66), line.slice(0, 64)]));
  const texts = parseTexts(said.all('text'));
  return said.all('mode').map(line => {
    const at = line.indexOf(' ');
    const path = line.slice(at + 1);
    const digest = digests.get(path) ?? '';
    return { path, mode: line.slice(0, at), digest, text: wholeText(texts.get(path) ?? [], digest) };
  });
}

/** `=PATH` begins a file, `+LINE` is a line of it. */
function parseTexts(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    if (line.startsWith('=')) {
      current = [];
      texts.set(line.slice(1), current);
    } else current.push(line.slice(1));
  }
  return texts;
}

/** Only what is there whole: the host sends the beginning of a long file, and of one that is no text what is left of it. */
function wholeText(lines: readonly string[], digest: string): string | null {
  const text = lines.join('\n');
  return [`${text}\n`, text].find(each => hash('sha256', each) === digest) ?? null;
}
