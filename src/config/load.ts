import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  type ParsedNode,
  Parser,
} from 'yaml';
import { type KeyPath, type Located, printable } from './flaw.ts';

/** Far above what a real file needs, far below what hurts the parser, which recurses once a level. */
const LIMITS = { depth: 16, lexemes: 40_000, values: 2000, syntaxProblems: 10 };
const TOO_DEEP = `nested too deeply: expected at most ${LIMITS.depth} levels`;
const TOO_LONG = 'too long: expected a file of a few hundred lines';
const TOO_MANY = `too many values: expected at most ${LIMITS.values}, ${LIMITS.depth} deep, aliases unfolded`;

/** ops.yaml as plain data: maps have no prototype, and each value remembers where it stands and how it was written. */
export interface YamlFile {
  data: unknown;
  problems: readonly Located[];
  /** Offset of a key or value; for what is not written, of the nearest thing around it. */
  offsetOf(path: KeyPath, on: 'key' | 'value'): number;
  /** A scalar's own characters: `1.10` is the number 1.1 and the text `1.10`. */
  sourceOf(path: KeyPath): string | null;
  /** `LINE:COL`, both from 1. */
  position(offset: number): string;
}

interface Place {
  key: number;
  value: number;
  source: string | null;
}

/** Total: never throws, whatever the text. Where the text is empty or no YAML, `data` is undefined, since the rest would be a guess. */
export function parseYaml(text: string): YamlFile {
  const { contents, problems } = withoutStackTraces(() => compose(text));
  const lines = lineCounter(text);
  const reading = new Reading(lines);
  if (problems.length === 0 && !holdsValue(contents)) {
    problems.push({ offset: 0, path: [], message: 'empty: expected version, tailnet, hosts and apps' });
  }
  const data = problems.length === 0 && contents ? reading.value(contents, [], contents.range[0]) : undefined;
  return {
    data: reading.overflowed ? undefined : data,
    problems: [...problems, ...reading.problems],
    offsetOf: (path, on) => reading.offsetOf(path, on),
    sourceOf: path => reading.places.get(placeId(path))?.source ?? null,
    position: offset => {
      const { line, col } = lines.linePos(offset);
      return `${line}:${col}`;
    },
  };
}

/**
 * Feeds the parser lexeme by lexeme, because its stack then tells the depth before the composer sees anything: that one recurses,
 * and notices depth only when the call stack is gone (CVE-2026-33532). `uniqueKeys` is off as its check is quadratic.
 */
function compose(text: string): { contents: ParsedNode | null; problems: Located[] } {
  const parser = new Parser();
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  const documents: Document.Parsed[] = [];
  const refuse = (offset: number, message: string) => ({ contents: null, problems: [{ offset, path: [], message }] });
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') return refuse(token.offset, 'expected YAML 1.2 without % directives');
      documents.push(...composer.next(token));
    }
    if (parser.stack.length > LIMITS.depth) return refuse(parser.offset, TOO_DEEP);
    if (++lexemes > LIMITS.lexemes) return refuse(parser.offset, TOO_LONG);
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  const [first, second] = documents;
  if (second) return refuse(second.range[0], 'expected one YAML document, found a second one');
  const flaws = [...(first?.errors ?? []), ...(first?.warnings ?? [])].slice(0, LIMITS.syntaxProblems);
  const problems = flaws.map(({ pos, message }) => ({
    offset: pos[0],
    path: [],
    // Behind a colon the parser quotes the text, which may be that of another file.
    message: `not valid YAML: ${printable(message.replace(/(?<=\w): .*$/s, ''))}`,
  }));
  return { contents: first?.contents ?? null, problems };
}

/** One walk over the nodes. Aliases count as often as they are used, so that a few lines cannot unfold without end. */
class Reading {
  readonly places = new Map<string, Place>();
  readonly problems: Located[] = [];
  overflowed = false;
  readonly #anchors = new Map<string, Node>();
  readonly #lines: LineCounter;
  #values = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  value(node: Node | null, path: KeyPath, at: number): unknown {
    if (++this.#values > LIMITS.values || path.length > LIMITS.depth) return this.#overflow(path, at);
    const place = this.places.get(placeId(path)) ?? { key: at, value: at, source: null };
    place.value = node?.range?.[0] ?? at;
    this.places.set(placeId(path), place);
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target) return this.value(target, path, place.value);
      return this.#refuse(place.value, path, 'no such anchor before this alias');
    }
    if (isCollection(node) || isScalar(node)) {
      if (node.tag) return this.#refuse(place.value, path, 'tags are off: write text in quotes');
      if (node.anchor) this.#anchors.set(node.anchor, node);
    }
    if (isMap(node)) return this.#map(node.items as readonly { key: unknown; value: unknown }[], path, place.value);
    if (isCollection(node))
      return node.items.map((item, index) => this.value(item as Node | null, [...path, index], place.value));
    if (!isScalar(node)) return null;
    place.source = node.source ?? null;
    return node.value;
  }

  offsetOf(path: KeyPath, on: 'key' | 'value'): number {
    const place = this.places.get(placeId(path));
    if (place) return on === 'key' ? place.key : place.value;
    return path.length === 0 ? 0 : this.offsetOf(path.slice(0, -1), 'key');
  }

  #map(items: readonly { key: unknown; value: unknown }[], path: KeyPath, at: number): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    for (const { key, value } of items) {
      if (!isScalar(key)) {
        this.#refuse((key as Node | null)?.range?.[0] ?? at, path, 'expected a plain key');
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
      const offset = key.range?.[0] ?? at;
      const here = [...path, name];
      const flaw = this.#keyFlaw(name, map, here);
      if (flaw === null) {
        this.places.set(placeId(here), { key: offset, value: offset, source: null });
        map[name] = this.value(value as Node | null, here, offset);
      } else this.#refuse(offset, here, flaw);
    }
    return map;
  }

  #keyFlaw(name: string, map: object, path: KeyPath): string | null {
    if (name === '<<') return 'merge keys are off: write the keys out, or use defaults';
    if (name === '__proto__') return 'unknown key';
    if (!(name in map)) return null;
    return `duplicate key: it stands on line ${this.#lines.linePos(this.offsetOf(path, 'key')).line} already`;
  }

  #overflow(path: KeyPath, at: number): undefined {
    if (!this.overflowed) this.#refuse(at, path, TOO_MANY);
    this.overflowed = true;
  }

  /** Gives undefined: a refused value is as good as not written. */
  #refuse(offset: number, path: KeyPath, message: string): undefined {
    this.problems.push({ offset, path, message });
  }
}

/** The composer makes an Error for each slip: tens of thousands of stack traces would cost most of a second. */
function withoutStackTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function holdsValue(contents: ParsedNode | null): boolean {
  return contents !== null && !(isScalar(contents) && contents.value === null);
}

function placeId(path: KeyPath): string {
  return path.join('\0');
}

function lineCounter(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return lines;
}
