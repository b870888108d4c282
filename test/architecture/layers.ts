import type { SourceFile } from '../../scripts/source-file.ts';

const LEAVES = ['errors', 'format', 'secret'];
const SHARED = [...LEAVES, 'config', 'context', 'exec', 'host', 'plan', 'preflight', 'run', 'tailnet'];

/**
 * Who may import values of whom, by folder or single file of src/. Types may be imported from anywhere, but nobody names
 * what commands/, command/ and main.ts hold, and exec/ knows nothing but the leaves.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  format: [],
  secret: ['errors'],
  exec: LEAVES,
  config: LEAVES,
  plan: LEAVES,
  host: [...LEAVES, 'exec'],
  tailnet: [...LEAVES, 'config', 'exec'],
  context: LEAVES,
  preflight: [...LEAVES, 'config', 'exec', 'host', 'tailnet'],
  run: [...LEAVES, 'config', 'exec', 'host', 'plan', 'preflight', 'tailnet', 'deploy'],
  report: [...LEAVES, 'plan'],
  // One folder a capability. They do not know one another.
  auth: SHARED,
  deploy: [...SHARED, 'staging/index.ts'],
  hosts: SHARED,
  staging: SHARED,
  status: SHARED,
  sync: SHARED,
  // What a person calls.
  command: [...SHARED, 'report', 'auth', 'deploy', 'hosts', 'staging', 'status', 'sync'],
  commands: [...SHARED, 'command', 'report', 'auth', 'deploy', 'hosts', 'staging', 'status', 'sync'],
  main: ['report', 'command'],
};
const TOP = ['commands', 'command', 'main'];

/** `deploy` for src/deploy/plan.ts, `errors` for src/errors.ts. */
function layerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const from = layerOf(file.path);
    const allowed = MAY_IMPORT[from];
    if (allowed === undefined) return [`${file.path}:1 is in no layer`];
    return file.imports.flatMap(({ target, typeOnly, line }) => {
      const place = `${file.path}:${line} imports ${typeOnly ? 'a type of ' : ''}${target}`;
      if (!target.startsWith('src/'))
        return /^(node:|[@a-z])/.test(target) && !/^(lab|bench|test|scripts|bin)\//.test(target) ? [] : [place];
      const to = layerOf(target);
      if (to === from) return [];
      if (allowed.includes(to) || allowed.includes(target.slice('src/'.length))) return [];
      const freeType = typeOnly && from !== 'exec' && !LEAVES.includes(from) && (!TOP.includes(to) || TOP.includes(from));
      return freeType ? [] : [place];
    });
  });
}

export type Graph = ReadonlyMap<string, SourceFile>;

/** The files that run when `file` is loaded, itself included. */
export function reachable(file: SourceFile, graph: Graph, seen = new Set<SourceFile>()): Set<SourceFile> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { target, typeOnly } of file.imports) {
    const next = typeOnly ? undefined : graph.get(target);
    if (next !== undefined) reachable(next, graph, seen);
  }
  return seen;
}

/** The shortest round of files that need one another to run, from a file back to itself, or null. */
export function shortestCycle(files: readonly SourceFile[]): string[] | null {
  const next = new Map(files.map(file => [file.path, file.imports.filter(each => !each.typeOnly).map(each => each.target)]));
  let best: string[] | null = null;
  for (const { path } of files) {
    const ways: string[][] = [[path]];
    const seen = new Set<string>();
    for (const way of ways) {
      if (best !== null && way.length + 1 >= best.length) break;
      for (const target of next.get(way.at(-1) ?? '') ?? []) {
        if (target === path) best = [...way, path];
        else if (!seen.has(target) && next.has(target)) ways.push([...way, target]);
        seen.add(target);
      }
    }
  }
  return best;
}
