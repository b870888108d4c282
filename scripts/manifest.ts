import type { Config } from '@oclif/core';
import { helpText } from '../src/command/help-text.ts';
import { loadOclif } from '../src/main.ts';

/** oclif reads flags and help from here instead of loading every command at each start. */
export async function manifestText(): Promise<string> {
  const config = await loadOclif({ ignoreManifest: true });
  const [plugin] = config.getPluginsList();
  const { manifest } = plugin as unknown as { manifest: { commands: Record<string, { relativePath: string[] }> } };
  for (const command of Object.values(manifest.commands)) {
    command.relativePath = command.relativePath.map(part => (part === 'src' ? 'dist' : part.replace(/\.ts$/, '.js')));
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What `ops --help` prints on any machine: `{agent}` stands for the version, platform and Node of the one it is read on. */
export async function rootHelp(): Promise<string> {
  const config: Config = await loadOclif();
  return (await helpText(config, [])).replace(config.userAgent, '{agent}');
}
