/** One word of a command line. `plain` means that it is written without quotes and escapes. */
export interface Word {
  text: string;
  plain: boolean;
}

export interface CommandLine {
  words: readonly Word[];
  /** What was expected where systemd would take something for more than words; null = nowhere. */
  flaw: string | null;
}

const PIECE = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?:\\.|[^ \t\r\n'"\\])+/gsu;
const WORD = new RegExp(`(?:${PIECE.source})+`, 'gsu');
/** Those of C, and `\s` for a blank. systemd leaves what it does not know as it stands; bytes beyond ASCII are no text. */
const ESCAPE = /\\(?:([abfnrstv\\"'])|x([0-7][\da-fA-F])|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([01][0-7]{2}))/g;
const LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  s: ' ',
  t: '\t',
  v: '\v',
};
/** What systemd takes off a program, each with a meaning of its own: to stay root, to ignore that it fails, another name. */
const PREFIXES = /^[-@:+!|]+/;

/** Splits as systemd's ExecStart= does: at blanks, with quotes of both kinds and escapes, and no shell. */
export function readCommandLine(line: string): CommandLine {
  const words = [...line.matchAll(WORD)].map(([written]) => ({ text: textOf(written), plain: !/['"\\]/.test(written) }));
  return { words, flaw: flawIn(line, words[0]?.text ?? '') };
}

function flawIn(line: string, program: string): string | null {
  if (line.replace(WORD, '').trim() !== '') return String.raw`expected each quote to end, and no \ at the end`;
  if (program === '') return 'expected a program as its first word';
  const [prefixes] = PREFIXES.exec(program) ?? [];
  return prefixes === undefined ? null : `expected a program, found ${prefixes} before it; such prefixes are for a unit: file`;
}

function textOf(written: string): string {
  // Without its backslash it would begin another command.
  if (written === '\\;') return ';';
  return written.replaceAll(PIECE, piece => (/^['"]/.test(piece) ? piece.slice(1, -1) : piece).replaceAll(ESCAPE, characterOf));
}

function characterOf(whole: string, letter: string | undefined, ...digits: string[]): string {
  if (letter !== undefined) return LETTERS[letter] ?? letter;
  const [hex, short, long, octal] = digits;
  const code = Number.parseInt(hex ?? short ?? long ?? octal ?? '', octal === undefined ? 16 : 8);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole;
}
