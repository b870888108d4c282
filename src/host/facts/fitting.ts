/** What was said, when it has its form; null otherwise. */
export function fitting(hasForm: (text: string) => boolean, text: string | undefined): string | null {
  return text !== undefined && hasForm(text) ? text : null;
}

/** A word, and the rest. */
export function atBlank(line: string): [word: string, rest: string] {
  return cutAt(line, ' ');
}

/** What stands before the first `by`, and what behind it. */
export function cutAt(line: string, by: string): [before: string, behind: string] {
  const at = line.indexOf(by);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
