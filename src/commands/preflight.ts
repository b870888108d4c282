import { Args, Flags } from '@oclif/core';
import { hostFlags } from '../command/flags.ts';
import { OpsCommand } from '../command/ops-command.ts';
import { EXIT_CODES } from '../errors.ts';
import { checkHosts } from '../preflight/index.ts';
import { renderPreflight } from '../report/preflight.ts';

export default class Preflight extends OpsCommand {
  static override summary = 'Ask every host whether it may be deployed to; change nothing';
  static override strict = false;
  static override args = { host: Args.string({ description: 'hosts of ops.yaml; all of them without it' }) };
  static override flags = {
    ...hostFlags,
    verbose: Flags.boolean({ char: 'v', description: 'show everything that was checked' }),
    app: Flags.string({ description: 'also look at this app: its directory, units and lock', helpValue: 'APP' }),
  };
  static override examples = [
    '<%= config.bin %> preflight',
    '<%= config.bin %> preflight web1 --app web --verbose',
    '<%= config.bin %> preflight --json   # in CI: the exit code names the failing stage',
  ];

  override async run(): Promise<void> {
    const { flags, argv } = await this.parse(Preflight);
    const context = await this.context(flags);
    const result = await checkHosts(context, { hosts: argv as string[], app: flags.app ?? null });
    this.output.print(renderPreflight(result, this.output.theme, flags.verbose));
    const { reports, exit, mode, durationMs } = result;
    this.output.document('ops/preflight@1', exit === 'ok', { exit: EXIT_CODES[exit].code, mode, durationMs, hosts: reports });
    this.end(exit);
  }
}
