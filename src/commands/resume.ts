import { Args } from '@oclif/core';
import { ChangeCommand } from '../command/change-command.ts';
import { changeFlags, hostFlags, verboseTexts } from '../command/flags.ts';
import { resume } from '../command/resume.ts';

export default class Resume extends ChangeCommand {
  static override summary = 'Find out how a run ended: watch it, read its record, or finish what was cut off';
  static override args = { run: Args.string({ description: 'run id, e.g. r-7F3K9Q; the last run without it' }) };
  static override flags = { ...hostFlags, ...changeFlags, verbose: verboseTexts };
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume r-7F3K9Q --yes'];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const context = await this.context(flags);
    // Watching and reading change nothing; only what was cut off half-way is a plan to agree to.
    await this.carryOut(context, resume, { run: args.run ?? null, texts: flags.verbose }, flags);
  }
}
