import { dirname, join } from 'node:path/posix';
import { type Comment, parseSync } from 'oxc-parser';

/** A node of the ESTree syntax tree, as far as the rules look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Import {
  /** A path from the root of the project for a file, a name for anything else: `src/errors.ts`, `node:path`, `zod`. */
  readonly target: string;
  /** Erased before it runs. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  /** `import * as x from`. */
  readonly namespace: boolean;
  readonly line: number;
}

/** One TypeScript or JavaScript file, parsed. */
export interface SourceFile {
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly comments: readonly { text: string; line: number }[];
  readonly nodes: readonly Node[];
  lineOf(node: Node): number;
  textOf(node: Node): string;
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const at = (specifier: string) => (specifier.startsWith('.') ? join(dirname(path), specifier) : specifier);
  const imports: Import[] = [
    ...module.staticImports.map(({ moduleRequest, entries, start }) => ({
      target: at(moduleRequest.value),
      // `import type` and `import { type A }`; an import without names is for its effect.
      typeOnly: entries.length > 0 && entries.every(entry => entry.isType),
      dynamic: false,
      namespace: entries.every(entry => entry.importName.kind === 'NamespaceObject'),
      line: lineAt(start),
    })),
    ...module.staticExports.flatMap(({ entries, start }) =>
      entries.flatMap(entry =>
        entry.moduleRequest
          ? [
              {
                target: at(entry.moduleRequest.value),
                typeOnly: entry.isType,
                dynamic: false,
                namespace: false,
                line: lineAt(start),
              },
            ]
          : [],
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest, start }) => {
      const [, specifier] = /^['"`]([^'"`$]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end)) ?? [];
      return specifier === undefined
        ? []
        : [{ target: at(specifier), typeOnly: false, dynamic: true, namespace: true, line: lineAt(start) }];
    }),
  ];
  return {
    path,
    lineCount: text.replace(/\n$/, '').split('\n').length,
    imports,
    comments: comments.map((comment: Comment) => ({ text: comment.value, line: lineAt(comment.start) })),
    nodes: [...nodesOf(program)],
    lineOf: node => lineAt(node.start),
    textOf: node => text.slice(node.start, node.end),
  };
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item);
  } else if (typeof value === 'object' && value !== null) {
    if (typeof (value as Node).type === 'string') yield value as Node;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}

/** `process.stdout` for the expression of that name, `test` for a plain name; otherwise empty. */
export function nameOf(node: unknown): string {
  const { type, name, object, property, computed } = (node ?? {}) as Record<string, unknown>;
  if (type === 'ThisExpression') return 'this';
  if (type === 'Identifier') return String(name);
  if (type === 'MemberExpression' && computed === false) return `${nameOf(object)}.${nameOf(property)}`;
  return '';
}
