export type KeyPath = readonly (string | number)[];

/** Something wrong at a key path; `on` says whether to point at the key itself or at its value. */
export interface Flaw {
  path: KeyPath;
  message: string;
  on?: 'key' | 'value';
}

/** A flaw that knows where in the text it is: an offset in UTF-16 units. */
export interface Located {
  offset: number;
  path: KeyPath;
  message: string;
}

/** `apps.web.hosts[0]`; a key that is not a plain word is quoted, so that a path stays on one line. */
export function formatPath(path: KeyPath): string {
  return path.map((part, index) => formatPart(part, index === 0)).join('');
}

function formatPart(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  if (!/^[\w@:-]+$/.test(part)) return `[${quote(part)}]`;
  return first ? part : `.${part}`;
}

/** A value as a message names it: short, on one line, without anything that a terminal would obey, or a URL's credentials. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  return typeof value === 'string' ? quote(value) : String(value);
}

const LONGEST = 60;

function quote(text: string): string {
  const safe = text.replace(/\/\/[^/\s]*@/, '//[REDACTED]@');
  const short = safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
  return printable(JSON.stringify(short));
}

/** Shows control, format and line-separator characters (bidirectional overrides included) as \u{…}. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, char => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
