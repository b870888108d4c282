import { readFileSync } from 'node:fs';
import { BugError } from '../errors.ts';
import { PROGRAM_FILES, type ProgramName } from './programs.ts';

export type Params = Readonly<Record<string, string | readonly string[]>>;
/** Texts of whole lines: each is empty or ends with a newline. */
export type Blobs = Readonly<Record<string, string>>;

export interface Composition {
  /** 32 hex digits, fresh for each call: nothing inside a value can guess it, so nothing can end the data early. */
  nonce: string;
  params: Params;
  blobs?: Blobs;
}

/**
 * One program as text for `/bin/sh -s`. All of it sits in one brace group: the shell parses the group whole before it
 * runs a word of it, so a stream that was cut off anywhere is a syntax error and changes nothing.
 */
export function compose(name: ProgramName, composition: Composition): string {
  return enclose(PROGRAM_FILES[name].map(readProgramFile).join(''), composition);
}

/** The facts program inside the login program: one execution sees both the login account and, through privilege, root. */
export function composeFacts(privilege: readonly string[], composition: Composition): string {
  const { nonce } = composition;
  const inner = compose('facts', composition);
  const privileged = `privileged() {\n${privilege.join(' ')} /bin/sh -s <<'OPS-P-${nonce}'\n${inner}OPS-P-${nonce}\n}\n`;
  return enclose(readProgramFile('core/lib') + privileged + readProgramFile('core/login'), {
    nonce,
    params: { privilege: composition.params.privilege ?? '' },
  });
}

/** Shell text that reads its data from the here-document behind it. */
export function enclose(body: string, { nonce, params, blobs = {} }: Composition): string {
  if (!/^[0-9a-f]{32}$/.test(nonce)) throw new BugError('a nonce has 32 hex digits');
  const data = [
    `nonce ${nonce}`,
    ...Object.entries(params).flatMap(paramLines),
    '.',
    ...Object.entries(blobs).flatMap(blobLines),
  ];
  // One join: the text of a large tree's manifest is copied no more often than it must be.
  return [`{ ops_main() {\n${body}}`, `ops_main <<'OPS-${nonce}'`, ...data, `OPS-${nonce}`, '}', ''].join('\n');
}

function paramLines([name, value]: [string, string | readonly string[]]): string[] {
  if (!/^[a-z_]+$/.test(name)) throw new BugError(`parameter name ${name}`);
  const values = typeof value === 'string' ? [value] : value;
  for (const item of values) {
    if (/[\u0000-\u001f\u007f]/.test(item) || !item.isWellFormed())
      throw new BugError(`parameter ${name} has a control character`);
    if (item === '' && typeof value !== 'string') throw new BugError(`list ${name} has an empty item`);
  }
  return values.map(item => `${name} ${item}`);
}

/** A blob opens with a line of its own, so that an empty one is a file too. */
function blobLines([name, text]: [string, string]): string[] {
  if (!/^[a-z]+(\.[a-zA-Z0-9@:_-][a-zA-Z0-9@:_.-]*)?$/.test(name)) throw new BugError(`blob name ${name}`);
  if (text !== '' && !text.endsWith('\n')) throw new BugError(`blob ${name} does not end with a newline`);
  if (text.includes('\0') || !text.isWellFormed()) throw new BugError(`blob ${name} is not text`);
  return [`+${name}`, ...(text === '' ? [] : [`+${name} ${text.slice(0, -1).replaceAll('\n', `\n+${name} `)}`])];
}

const texts = new Map<string, string>();

export function readProgramFile(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./programs/${name}.sh`, import.meta.url), 'utf8');
    texts.set(name, text);
  }
  return text;
}
