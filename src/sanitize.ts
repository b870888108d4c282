/**
 * What another machine printed may hold terminal controls, bidirectional overrides or CI commands. Only printable text and
 * tabs stay; everything else is shown as \xNN or \u{NNNN}. Node's stripVTControlCharacters leaves DCS, APC, CR, BS and bidi in.
 */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]/gu;

/**
 * What runners of CI jobs obey in a log: `##[…]`, `##vso[…]` and `##teamcity[…]` anywhere in a line, `::name …::` at its beginning,
 * which what is put before it may be no part of.
 */
const MARK = /##(?=[A-Za-z]*\[)/g;
const COMMAND = /^(\s*):(?=:)|:(?=:[A-Za-z][\w-]*(?:[ \t][^:]*)?::)/g;

export function sanitizeLine(line: string): string {
  return line
    .replace(UNSAFE, char => {
      const code = char.codePointAt(0)!;
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
    })
    .replace(MARK, '#\u00b7#')
    .replace(COMMAND, '$1:\u00b7');
}

/** The colours that our own theme paints with; nothing else that begins with ESC gets through. */
const OWN_COLOR = /(\u001b\[(?:3[1-79]|90)m)/;

/** One line as it leaves for a terminal: what came from elsewhere is shown, our own colours stay. */
export function sanitizePainted(line: string): string {
  return line
    .split(OWN_COLOR)
    .map(part => (OWN_COLOR.test(part) ? part : sanitizeLine(part)))
    .join('');
}

/** Several lines: each one sanitised, line ends kept. */
export function sanitize(text: string): string {
  return text.split(/\r?\n/).map(sanitizeLine).join('\n');
}

/** JSON text as it leaves: what JSON itself lets through, controls and marks that a CI job obeys, as \\uXXXX. It means the same. */
export function sanitizeJson(json: string): string {
  return json
    .replace(UNSAFE, char => (char === '\n' ? char : escaped(char)))
    .replace(MARK, () => `#${escaped('#')}`)
    .replace(COMMAND, (_, blanks = '') => `${blanks}${escaped(':')}`);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
