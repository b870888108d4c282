/** One word for a POSIX shell: single quotes hold everything but themselves. */
function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function quoteCommand(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}
