import { globSync, readFileSync } from 'node:fs';
import { ROOT } from './program.ts';
import { type Node, nameOf, parseSource, type SourceFile } from './source-file.ts';

/** What the values inside the documents are made of. Whatever they mention is frozen with them. */
const ROOTS = [
  'AppStatus',
  'Belonging',
  'Config',
  'DeployPlan',
  'ForgetPlan',
  'HostReport',
  'HostStatus',
  'InventoryRow',
  'LogLines',
  'Outcome',
  'PinProposal',
];
/** Config is put together of what each section adds to it, by inference: its own text mentions none of them. */
const CONFIG_PARTS = /^src\/config\/sections\/[^/]+\/types\.ts$/;

interface Declaration {
  readonly path: string;
  readonly text: string;
  /** Names of other types it mentions. */
  readonly mentions: readonly string[];
}

/**
 * The keys of every JSON document, read from the source: for each schema the top-level keys of each call of `document`, what
 * each capability's voice adds to the outcome of a change, and the types of the values. Strict about how a call looks, so that
 * it cannot overlook one.
 */
export function jsonSurface(): { documents: object; voices: object; types: object } {
  const files = globSync('src/**/*.ts', { cwd: ROOT })
    .sort()
    .map(path => parseSource(path, readFileSync(`${ROOT}${path}`, 'utf8')));
  const functions = new Map(
    files.flatMap(file => file.nodes).flatMap(node => (node.type === 'FunctionDeclaration' ? [[nameOf(node.id), node]] : [])),
  );
  return { documents: documentsOf(files, functions), voices: voicesOf(files, functions), types: typesOf(files) };
}

type Functions = ReadonlyMap<unknown, Node>;

function documentsOf(files: readonly SourceFile[], functions: Functions): object {
  const documents = new Map<string, string[]>();
  for (const file of files) {
    for (const node of file.nodes) {
      if (node.type !== 'CallExpression' || !/(?<!^voice)\.document$/.test(nameOf(node.callee))) continue;
      const [schema, , value] = node.arguments as [Node, Node, Node];
      const keys = ['schema', 'ok', ...keysOf(value, functions, `${file.path}:${file.lineOf(node)}`)];
      const name = file.textOf(schema).replace(/^['`](.*)['`]$/, '$1');
      documents.set(name, [...(documents.get(name) ?? []), keys.join(' ')]);
    }
  }
  return Object.fromEntries([...documents].toSorted());
}

/** What a voice answers when it is asked for its `document`: a function named NAMEDocument, by NAME. */
function voicesOf(files: readonly SourceFile[], functions: Functions): object {
  const voices = files
    .filter(file => file.path.startsWith('src/report/'))
    .flatMap(file =>
      file.nodes.flatMap(node => {
        if (node.type !== 'Property' || nameOf(node.key) !== 'document') return [];
        const place = `${file.path}:${file.lineOf(node)}`;
        const name = nameOf(node.value);
        if (!name.endsWith('Document'))
          throw new Error(`${place}: cannot tell this document; write it as a function NAMEDocument`);
        const call = { type: 'CallExpression', callee: node.value } as unknown as Node;
        return [[name.replace(/Document$/, ''), keysOf(call, functions, place).join(' ')] as const];
      }),
    );
  return Object.fromEntries(voices.toSorted());
}

/** The keys of an object literal, or of the one that the called function returns. */
function keysOf(value: Node, functions: Functions, place: string): string[] {
  if (value.type === 'ObjectExpression') {
    return (value.properties as Node[]).map(property =>
      property.type === 'SpreadElement' ? `…${nameOf(property.argument) || '?'}` : nameOf(property.key),
    );
  }
  const body = (functions.get(value.type === 'CallExpression' ? nameOf(value.callee) : '')?.body as Node | undefined)?.body as
    | Node[]
    | undefined;
  const returned = body?.find(statement => statement.type === 'ReturnStatement')?.argument as Node | undefined;
  if (returned?.type !== 'ObjectExpression')
    throw new Error(`${place}: cannot tell the keys of this document; write them as one object`);
  return keysOf(returned, functions, place);
}

function typesOf(files: readonly SourceFile[]): object {
  const declared = new Map<string, Declaration[]>();
  for (const file of files) {
    for (const node of file.nodes) {
      if (node.type !== 'TSInterfaceDeclaration' && node.type !== 'TSTypeAliasDeclaration') continue;
      const name = nameOf(node.id);
      const text = file
        .textOf(node)
        .replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*$/gm, '')
        .replace(/\s+/g, ' ');
      declared.set(name, [...(declared.get(name) ?? []), { path: file.path, text, mentions: text.match(/\b[A-Z]\w+\b/g) ?? [] }]);
    }
  }
  const published: Record<string, string> = {};
  const publish = (name: string, from: string) => {
    const all = declared.get(name) ?? [];
    const one = all.find(each => each.path === from) ?? all[0];
    if (one === undefined || published[name] !== undefined) return;
    published[name] = one.text;
    for (const mentioned of one.mentions) publish(mentioned, one.path);
  };
  for (const root of ROOTS) {
    if (!declared.has(root)) throw new Error(`no type ${root}: name the one that took its place in scripts/json-surface.ts`);
    publish(root, '');
  }
  for (const [name, all] of declared) {
    for (const { path } of all) if (CONFIG_PARTS.test(path)) publish(name, path);
  }
  return Object.fromEntries(Object.entries(published).toSorted());
}
