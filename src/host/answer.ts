/** What a program on a host said: its frame's lines by key, and its exit status. */
export interface Answer {
  status: number;
  values: ReadonlyMap<string, readonly string[]>;
  /** What a login shell printed before the program spoke: its first line with something in it; null = nothing. */
  noise: string | null;
  get(key: string): string | undefined;
  all(key: string): readonly string[];
}

/** A part of an answer, by the rest of its keys. */
export type Said = Pick<Answer, 'get' | 'all'>;

export type Block = ReadonlyMap<string, readonly string[]>;

export function under(answer: Answer, prefix: string): Said {
  return { get: key => answer.get(prefix + key), all: key => answer.all(prefix + key) };
}

/** `@<nonce> key value` → [key, value]; null for every other line (a login shell may print what it likes). */
export function parseLine(nonce: string, line: string): [key: string, value: string] | null {
  const prefix = `@${nonce} `;
  if (!line.startsWith(prefix)) return null;
  const rest = line.slice(prefix.length).replace(/\r$/, '');
  const at = rest.indexOf(' ');
  return at < 0 ? [rest, ''] : [rest.slice(0, at), unescapeBytes(rest.slice(at + 1))];
}

/** null = the frame has no last line: whatever happened, we do not know it. */
export function parseAnswer(nonce: string, stdout: string): Answer | null {
  const values = new Map<string, string[]>();
  let last = '';
  let noise: string | null = null;
  for (const line of stdout.split('\n')) {
    const pair = parseLine(nonce, line);
    if (pair === null) {
      // Without a newline of its own it stands before the first line of the frame.
      if (values.size === 0 && !noise?.trim()) noise = line.split(`@${nonce} `)[0]!;
      continue;
    }
    last = pair[0];
    const list = values.get(pair[0]);
    if (list === undefined) values.set(pair[0], [pair[1]]);
    else list.push(pair[1]);
  }
  const status = values.get('end')?.at(-1);
  if (last !== 'end' || status === undefined || !/^\d{1,3}$/.test(status)) return null;
  return { status: Number(status), values, noise, get: key => values.get(key)?.[0], all: key => values.get(key) ?? [] };
}

/** `\xHH` are bytes; together they are UTF-8 again. */
function unescapeBytes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, run => Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'));
}

/** `key=value` lines in blocks that an empty line ends. */
export function blocks(lines: readonly string[]): Block[] {
  const all: Map<string, string[]>[] = [];
  let block: Map<string, string[]> | null = null;
  for (const line of lines) {
    if (line === '') {
      block = null;
      continue;
    }
    if (block === null) {
      block = new Map();
      all.push(block);
    }
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1);
    block.set(key, [...(block.get(key) ?? []), value]);
  }
  return all;
}
