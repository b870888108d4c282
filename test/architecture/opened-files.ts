import { type Node, nameOf, type SourceFile } from '../../scripts/source-file.ts';

/** Who opens files by their names: `files/`, who reads the package's own, and who knows that the folder is ours alone. */
const OPENERS = new Set([
  ...['src/files/project-file.ts', 'src/files/replace-file.ts', 'src/deploy/source/tree.ts'],
  ...['src/main.ts', 'src/host/compose.ts', 'src/commands/config/example.ts'],
  ...['src/preflight/observe.ts', 'src/exec/rsync-shell.ts', 'src/run/receipt.ts', 'src/deploy/source/manifest-cache.ts'],
]);
const OPENS = /^(open|openAsBlob|readFile|writeFile|appendFile|copyFile|cp|truncate|create(Read|Write)Stream)(Sync)?$/;
const FILE_SYSTEM = /^(node:)?fs(\/promises)?$/;

export function openedFileViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(file => !OPENERS.has(file.path))
    .flatMap(file => [
      ...file.imports.flatMap(({ target, namespace, line }) =>
        namespace && FILE_SYSTEM.test(target) ? [`${file.path}:${line} imports all of ${target}`] : [],
      ),
      ...file.nodes.filter(isOpener).map(node => `${file.path}:${file.lineOf(node)} imports ${nameOf(node.imported)}`),
    ]);
}

function isOpener(node: Node, at: number, nodes: readonly Node[]): boolean {
  if (node.type !== 'ImportSpecifier' || !OPENS.test(nameOf(node.imported))) return false;
  const from = nodes.slice(0, at).findLast(each => each.type === 'ImportDeclaration');
  return FILE_SYSTEM.test(String((from?.source as Node | undefined)?.value));
}
