import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { manifestText, rootHelp } from './manifest.ts';
import { ROOT } from './program.ts';

/**
 * Writes `dist/` and `oclif.manifest.json` into `folder`: the bundle, the programs for hosts, and the texts that are
 * printed without loading any of it.
 */
export async function bundleInto(folder: string): Promise<void> {
  const dist = join(folder, 'dist');
  await mkdir(dist, { recursive: true });
  const { inputs } = await bundle(dist);
  await writeFile(join(dist, 'bundled.json'), `${JSON.stringify(await packagesOf(inputs), null, 2)}\n`);
  await cp(join(ROOT, 'src/host/programs'), join(dist, 'programs'), { recursive: true });
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await writeFile(join(dist, 'version.txt'), `${name}/${version}`);
  await writeFile(join(dist, 'help.txt'), await rootHelp());
  await writeFile(join(folder, 'oclif.manifest.json'), await manifestText());
}

/** A package of others that is in the bundle. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** What the bundle is made of, without writing one. */
export async function bundledPackages(): Promise<readonly Bundled[]> {
  const { inputs } = await bundle(null);
  return packagesOf(inputs);
}

async function packagesOf(inputs: Metafile['inputs']): Promise<readonly Bundled[]> {
  const folders = new Set(Object.keys(inputs).flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []));
  const packages = await Promise.all(
    [...folders].map(async folder => {
      const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
      return { name, version, license };
    }),
  );
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function bundle(dist: string | null): Promise<Metafile> {
  const commands: string[] = [];
  for await (const file of glob('src/commands/**/*.ts', { cwd: ROOT })) commands.push(file);
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts', ...commands.sort()],
    outdir: dist ?? 'dist',
    write: dist !== null,
    metafile: true,
    outbase: 'src',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'warning',
    plugins: [stubs],
    // CommonJS inside an ES module bundle still asks for these.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
    },
    define: { 'process.env.OCLIF_DISABLE_ENGINE_WARNING': '"1"' },
  });
  return metafile;
}

/** What @oclif/core loads at every start, but calls only without a manifest, for plugins, or for its own spinner. */
const NEVER_CALLED = /^(semver(\/.*)?|tinyglobby|minimatch|lilconfig|get-package-type|cli-spinners|wsl-utils)$/;

/** They load as nothing, a fifth of the time of a start, and say their name should they be called after all. */
const stubs: Plugin = {
  name: 'stubs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: NEVER_CALLED }, ({ path, importer }) =>
      importer.includes('/node_modules/@oclif/core/') ? { path, namespace: 'stub' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
      contents: `const fail = () => { throw new Error(${JSON.stringify(`${path} is left out of this bundle`)}); };
module.exports = new Proxy(fail, { get: (_, key) => (key === '__esModule' ? false : fail) });`,
    }));
  },
};
