import { BugError, OpsError } from '../errors.ts';
import { formatBytes } from '../format.ts';
import { isCode } from '../forms.ts';

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
function parseLine(nonce: string, line: string): [key: string, value: string] | null {
  const prefix = `@${nonce} `;
  if (!line.startsWith(prefix)) return null;
  const rest = line.slice(prefix.length).replace(/\r$/, '');
  const at = rest.indexOf(' ');
  return at < 0 ? [rest, ''] : [rest.slice(0, at), unescapeBytes(rest.slice(at + 1))];
}

/** What one answer may hold. The largest that is honest brings the manifest of a large tree, in pieces of 8 kB. */
const MOST_BYTES = 16_000_000;
const MOST_LINES = 200_000;
/** What is kept as it came: enough to tell who spoke there, where it was no answer. */
const MOST_KEPT = 16_000;

/** An answer as it comes, line by line. */
export class AnswerReader {
  /** What the host said too much of, in words; null = it keeps within the limits. */
  excess: string | null = null;
  /** The beginning of all that was said, and the first line of the frame. */
  beginning = '';
  readonly #nonce: string;
  #logLeft: number;
  readonly #values = new Map<string, string[]>();
  #noise: string | null = null;
  #last = '';
  #bytes = 0;
  #lines = 0;

  constructor(nonce: string, mostOfLog = Number.POSITIVE_INFINITY) {
    this.#nonce = nonce;
    this.#logLeft = mostOfLog;
  }

  /** The line as a pair; null when it is none of the frame. */
  take(line: string): [key: string, value: string] | null {
    const pair = parseLine(this.#nonce, line);
    if (this.excess !== null) return pair;
    if (pair?.[0] === 'log' || pair?.[0] === 'alive') {
      this.#logLeft -= line.length;
      if (this.#logLeft < 0) this.excess = 'the journal may have at once';
      return pair;
    }
    this.#bytes += line.length + 1;
    this.#lines += 1;
    if (this.#bytes > MOST_BYTES) this.excess = formatBytes(MOST_BYTES);
    else if (this.#lines > MOST_LINES) this.excess = `${MOST_LINES} lines`;
    const isFirst = pair !== null && this.#values.size === 0;
    if (isFirst || this.beginning.length < MOST_KEPT) this.beginning += `${line.slice(0, MOST_KEPT)}\n`;
    if (pair === null) this.#hear(line);
    else this.#keep(pair);
    return pair;
  }

  /** null = the frame has no last line: whatever happened, we do not know it. */
  end(): Answer | null {
    const values = this.#values;
    const status = values.get('end')?.at(-1);
    if (this.#last !== 'end' || status === undefined || !/^\d{1,3}$/.test(status)) return null;
    const noise = this.#noise;
    return { status: Number(status), values, noise, get: key => values.get(key)?.[0], all: key => values.get(key) ?? [] };
  }

  /** Without a newline of its own it stands before the first line of the frame. */
  #hear(line: string): void {
    if (this.#values.size === 0 && !this.#noise?.trim()) this.#noise = line.split(`@${this.#nonce} `)[0]!;
  }

  #keep([key, value]: [string, string]): void {
    this.#last = key;
    const list = this.#values.get(key);
    if (list === undefined) this.#values.set(key, [value]);
    else list.push(value);
  }
}

/** An answer that is there as a whole. */
export function parseAnswer(nonce: string, text: string): Answer | null {
  const reader = new AnswerReader(nonce);
  for (const line of text.split('\n')) reader.take(line);
  return reader.excess === null ? reader.end() : null;
}

/**
 * What `read` makes of an answer. Whatever it throws that is no word for people was brought about by that answer: it is the host's
 * outcome and nobody else's.
 * @throws OpsError answer-unreadable.
 */
export function readFrom<T>(host: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OpsError && !(error instanceof BugError)) throw error;
    throw unreadable(host, error instanceof Error ? error.message : String(error));
  }
}

/** What a host said, and what cannot be as it says. */
export function unreadable(host: string, what: string): OpsError {
  return new OpsError('answer-unreadable', 'unknown', `the answer of ${host} cannot be read: ${what}`, {
    hint: 'ops explain answer-unreadable',
  });
}

/** The error that a program ended with instead of an answer; null = it did not. */
export function refusalIn(said: Said): { code: string; detail: string | null } | null {
  const code = said.get('error');
  if (code === undefined) return null;
  return { code: isCode(code) ? code : 'answer-unreadable', detail: said.get('detail') ?? null };
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
    const values = block.get(key);
    if (values === undefined) block.set(key, [value]);
    else values.push(value);
  }
  return all;
}
