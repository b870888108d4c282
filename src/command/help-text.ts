import { type Config, Help } from '@oclif/core';
import { unknownCommand } from './unknown-command.ts';

/**
 * oclif's own help to the byte, collected instead of printed. `words` name a command or a topic; none is the root.
 * @throws OpsError command-unknown
 */
export async function helpText(config: Config, words: readonly string[]): Promise<string> {
  const id = words.join(':');
  if (id !== '' && !config.findCommand(id) && !config.findTopic(id)) throw unknownCommand(words, config.commandIDs);
  const lines: string[] = [];
  class Collected extends Help {
    protected override log(...args: string[]): void {
      lines.push(...args);
    }
  }
  await new Collected(config).showHelp([...words]);
  return `${lines.join('\n')}\n`;
}
