import { Args } from '@oclif/core';
import { helpText } from '../command/help-text.ts';
import { OpsCommand } from '../command/ops-command.ts';
import { EXIT_CODES } from '../errors.ts';
import { renderExitCodes } from '../report/exit-codes.ts';

export default class HelpCommand extends OpsCommand {
  static override summary = 'Explain a command, or what the exit codes mean';
  static override strict = false;
  static override args = { command: Args.string({ description: 'a command, or exit-codes' }) };
  static override examples = ['<%= config.bin %> help deploy', '<%= config.bin %> help exit-codes --json'];

  override async run(): Promise<void> {
    const { argv } = await this.parse(HelpCommand);
    const words = argv as string[];
    if (words[0] === 'exit-codes') {
      this.output.print(renderExitCodes());
      return this.output.document('ops/exit-codes@1', true, { exit: 0, exitCodes: EXIT_CODES });
    }
    const text = await helpText(this.config, words);
    this.output.print(text.replace(/\n$/, '').split('\n'));
    this.output.document('ops/help@1', true, { exit: 0, text });
  }
}
