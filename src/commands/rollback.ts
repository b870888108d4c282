import { Args, Flags } from '@oclif/core';
import { ChangeCommand } from '../command/change-command.ts';
import { changeFlags, hostFlags, onlyHosts, verboseTexts } from '../command/flags.ts';
import { rollback } from '../deploy/index.ts';

export default class Rollback extends ChangeCommand {
  static override summary = 'Go back to the last proven release before the current one';
  static override args = { app: Args.string({ description: 'app of ops.yaml; the only one without it' }) };
  static override flags = {
    ...hostFlags,
    ...changeFlags,
    host: onlyHosts,
    to: Flags.string({ description: 'a proven release, by its id or the end of it', helpValue: 'ID' }),
    verbose: verboseTexts,
  };
  static override examples = ['<%= config.bin %> rollback web', '<%= config.bin %> rollback web --to 3f9a1c --yes'];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Rollback);
    const context = await this.context(flags);
    const request = { app: args.app ?? null, hosts: flags.host, to: flags.to ?? null, texts: flags.verbose };
    await this.carryOut(context, rollback, request, flags);
  }
}
