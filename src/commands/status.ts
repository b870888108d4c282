import { Args, Flags } from '@oclif/core';
import { hostFlags, onlyHosts } from '../command/flags.ts';
import { OpsCommand } from '../command/ops-command.ts';
import { readStatus } from '../command/status.ts';
import { EXIT_CODES } from '../errors.ts';

export default class Status extends OpsCommand {
  static override summary = 'Say what each host serves, what runs there now and how the last run ended';
  static override args = { app: Args.string({ description: 'app of ops.yaml; all of them without it' }) };
  static override flags = {
    ...hostFlags,
    host: onlyHosts,
    deep: Flags.boolean({ description: 'compare every file of what serves with its manifest, by content' }),
    probe: Flags.boolean({ description: 'ask each probe once, from the host or from here as it says' }),
  };
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status web --host web1 --json',
    '<%= config.bin %> status --deep --probe',
  ];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const context = await this.context(flags);
    const looks = (['deep', 'probe'] as const).filter(look => flags[look]);
    const { rows, asked, evidence, lines, exit } = await readStatus(context, { app: args.app ?? null, hosts: flags.host }, looks);
    this.output.print(lines);
    this.output.document('ops/status@1', exit === 'ok', { exit: EXIT_CODES[exit].code, ...rows, asked, evidence });
    this.end(exit);
  }
}
