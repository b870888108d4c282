import type { SourceFile } from '../../scripts/source-file.ts';

const LEAVES = ['errors', 'files', 'format', 'forms', 'redact', 'sanitize', 'secret'];
/** From the bottom up: each may import those before it. */
const SHARED = [...LEAVES, 'config', 'exec', 'host', 'plan', 'tailnet', 'context', 'preflight', 'run'];
const upTo = (layer: string) => SHARED.slice(0, SHARED.indexOf(layer));
/** What a capability's voice knows of it: its plan and its words for what is left. */
const STEPS = /^src\/(?:[a-z-]+\/)+steps\.ts$/;

/** Who may import whom, types as well as values, by folder or single file of src/. A folder that is not named here is a capability. */
const MAY_IMPORT: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  errors: [],
  files: ['errors'],
  format: [],
  forms: [],
  sanitize: [],
  secret: ['errors'],
  redact: ['sanitize', 'secret'],
  exec: LEAVES,
  config: LEAVES,
  host: upTo('host'),
  plan: [...LEAVES, 'config/types.ts'],
  tailnet: [...LEAVES, 'config', 'exec'],
  context: upTo('context'),
  preflight: upTo('preflight'),
  run: upTo('run'),
  report: [...SHARED, STEPS, 'hosts/index.ts', 'status/index.ts'],
  // The composition root knows the capabilities: their doors alone.
  command: [...SHARED, 'report', /^src\/[a-z-]+\/(?:[a-z-]+\/)?(?:index|explanations)\.ts$/],
  commands: [...SHARED, 'command', 'report', /^src\/[a-z-]+\/(?:[a-z-]+\/)?(?:index|logs)\.ts$/],
  main: ['report', 'command'],
};
/** Capabilities do not know one another, but for this. */
const ALSO: Readonly<Record<string, readonly string[]>> = { deploy: ['staging/index.ts'] };

/** `deploy` for src/deploy/plan.ts, `errors` for src/errors.ts. */
function layerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function allowedFor(path: string): readonly (string | RegExp)[] | undefined {
  const layer = layerOf(path);
  const named = MAY_IMPORT[layer];
  if (named) return named;
  return path.split('/').length > 2 ? [...SHARED, ...(ALSO[layer] ?? [])] : undefined;
}

export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const allowed = allowedFor(file.path);
    if (allowed === undefined) return [`${file.path}:1 is in no layer`];
    return file.imports.flatMap(({ target, typeOnly, line }) => {
      const place = `${file.path}:${line} imports ${typeOnly ? 'a type of ' : ''}${target}`;
      if (!target.startsWith('src/'))
        return /^(node:|[@a-z])/.test(target) && !/^(lab|bench|test|scripts|bin)\//.test(target) ? [] : [place];
      const to = layerOf(target);
      const fits = (each: string | RegExp) =>
        typeof each === 'string' ? each === to || each === target.slice('src/'.length) : each.test(target);
      return to === layerOf(file.path) || allowed.some(fits) ? [] : [place];
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

/** The shortest round of files that need one another, in src/ also for their types, from a file back to itself, or null. */
export function shortestCycle(files: readonly SourceFile[]): string[] | null {
  const next = new Map(
    files.map(file => [
      file.path,
      file.imports.filter(each => !each.typeOnly || file.path.startsWith('src/')).map(each => each.target),
    ]),
  );
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
