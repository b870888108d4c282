import { Args, Flags } from '@oclif/core';
import { ChangeCommand } from '../../command/change-command.ts';
import { changeFlags, hostFlags } from '../../command/flags.ts';
import { forget } from '../../hosts/forget/index.ts';

export default class HostsForget extends ChangeCommand {
  static override summary = 'List everything of ours on a host, and remove it';
  static override args = { host: Args.string({ description: 'host of ops.yaml', required: true }) };
  static override flags = {
    ...hostFlags,
    ...changeFlags,
    app: Flags.string({ description: 'only what belongs to this app; the pin stays', helpValue: 'APP' }),
    trees: Flags.boolean({ description: "also the apps' releases, current and shared" }),
  };
  static override examples = [
    '<%= config.bin %> hosts forget web1 --dry-run',
    '<%= config.bin %> hosts forget web1 --app old --trees --yes',
  ];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsForget);
    const context = await this.context(flags);
    const request = { host: args.host, app: flags.app ?? null, trees: flags.trees };
    await this.carryOut(context, forget, request, flags);
  }
}
