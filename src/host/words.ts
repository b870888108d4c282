/**
 * One word of a blank-separated line of a release's spec: `\0ooo` for each byte that is not plain, a lone `-` for the
 * empty word. The host decodes it with the shell's own `printf %b`.
 */
export function encodeWord(word: string): string {
  if (word === '') return '-';
  if (word === '-') return '\\0055';
  return [...Buffer.from(word)].map(encodeByte).join('');
}

function encodeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_@%+=:,./&#~-]/.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
}

/** The other way round. */
export function decodeWord(word: string): string {
  if (word === '-') return '';
  return word.replace(/(?:\\0[0-7]{3})+/g, run => {
    const bytes = run.split('\\0').slice(1);
    return Buffer.from(bytes.map(octal => Number.parseInt(octal, 8))).toString('utf8');
  });
}
