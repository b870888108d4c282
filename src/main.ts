import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, Errors, Plugin, run } from '@oclif/core';
import { outliveReaders } from './report/streams.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** Commands are files in commands/ beside this one: TypeScript in a checkout, the bundle's in a package. */
export async function loadOclif(options: { ignoreManifest?: boolean } = {}): Promise<Config> {
  const root = dirname(here);
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = here.slice(root.length + 1);
  pjson.oclif = { ...pjson.oclif, commands: { strategy: 'pattern', target: `./${folder}/commands` } };
  const plugin = new Plugin({
    isRoot: true,
    root,
    pjson,
    name: pjson.name,
    ignoreManifest: options.ignoreManifest ?? folder === 'src',
  });
  await plugin.load();
  const config = new Config({ root, pjson, plugins: new Map([[plugin.name, plugin]]) } as never);
  await config.load();
  return config;
}

export async function main(argv: readonly string[]): Promise<void> {
  outliveReaders(process);
  const config = await loadOclif();
  try {
    await run([...argv], config);
  } catch (error) {
    // A command catches its own errors, so this one is oclif's, about words that name no command.
    if (!(error instanceof Errors.CLIError)) throw error;
    await sayUnknown(argv, config);
  }
}

async function sayUnknown(argv: readonly string[], config: Config): Promise<void> {
  const [{ unknownCommand }, { Output }] = await Promise.all([
    import('./command/unknown-command.ts'),
    import('./report/output.ts'),
  ]);
  const error = unknownCommand(argv, config.commandIDs);
  const { env, stdout, stderr } = process;
  new Output({ json: argv.includes('--json'), color: 'auto', env, stdout, stderr }).error(error, 'ops/error@1');
  process.exitCode = error.exitCode;
}
