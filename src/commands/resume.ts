import { Args } from '@oclif/core';
import { changeFlags, hostFlags, OpsCommand } from '../command/ops-command.ts';
import { prepareResume, resume } from '../deploy/index.ts';
import { isEmpty } from '../plan/plan.ts';

export default class Resume extends OpsCommand {
  static override summary = 'Find out how a run ended: watch it, read its record, or finish what was cut off';
  static override args = { run: Args.string({ description: 'run id, e.g. r-7F3K9Q; the last run without it' }) };
  static override flags = { ...hostFlags, ...changeFlags };
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume r-7F3K9Q --yes'];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const context = await this.context(flags);
    const prepared = await this.closing(await prepareResume(context, { run: args.run ?? null }));
    const work = () => resume(context, prepared);
    // Watching and reading change nothing; only what was cut off half-way is a plan to agree to.
    await (isEmpty(prepared.plan) ? this.report(prepared.plan, work) : this.carryOut(prepared, flags, work));
  }
}
