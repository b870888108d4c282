import { hash } from 'node:crypto';
import { isDigest, isPath, isVariable } from '../../forms.ts';
import type { Block, Said } from '../answer.ts';
import { atBlank, fitting } from './fitting.ts';
import type { AppFacts, InstalledFile, KeptFiles } from './types.ts';

/** What a host sent of texts, by path or by digest. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** `MODE PATH` and `DIGEST  PATH` of each file; the texts of some. */
export function parseInstalled(said: Said, texts: Texts): InstalledFile[] {
  const digests = new Map(said.all('digest').map(line => [line.slice(66), line.slice(0, 64)]));
  return said.all('mode').flatMap(line => {
    const [mode, path] = atBlank(line);
    const digest = fitting(isDigest, digests.get(path)) ?? '';
    if (!/^[0-7]{1,5}$/.test(mode) || !isPath(path)) return [];
    return [{ path, mode, digest, text: wholeText(texts.get(path) ?? [], digest) }];
  });
}

/** Of one release: `DIGEST PATH` of each file. */
export function parseKept(block: Block, texts: Texts): KeptFiles {
  const files = (block.get('file') ?? []).flatMap(line => {
    const [digest, path] = atBlank(line);
    return isDigest(digest) && isPath(path) ? [{ path, digest, text: wholeText(texts.get(digest) ?? [], digest) }] : [];
  });
  return { files, variables: parseVariables(block.get('variable') ?? []) };
}

/** `NAME DIGEST` of each variable of an env file. */
export function parseVariables(lines: readonly string[]): AppFacts['variables'] {
  return lines.flatMap(line => {
    const [name, digest] = atBlank(line);
    return isVariable(name) && isDigest(digest) ? [{ name, digest }] : [];
  });
}

/** `=NAME` begins a file, by its path or its digest; `+LINE` is a line of it. */
export function parseTexts(lines: readonly string[]): Texts {
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
