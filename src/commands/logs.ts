import { Args, Flags } from '@oclif/core';
import { hostFlags, onlyHosts } from '../command/flags.ts';
import { OpsCommand } from '../command/ops-command.ts';
import { sanitizeLine } from '../sanitize.ts';
import { readLogs } from '../status/logs.ts';

export default class Logs extends OpsCommand {
  static override summary = "Show what the app's units wrote, on one host or all";
  static override args = { app: Args.string({ description: 'app of ops.yaml; the only one without it' }) };
  static override flags = {
    ...hostFlags,
    host: onlyHosts,
    release: Flags.string({ description: 'only what this release wrote, by its id or the end of it', helpValue: 'ID' }),
    lines: Flags.integer({
      char: 'n',
      description: 'how many lines of each host',
      default: 100,
      min: 1,
      max: 100_000,
      helpValue: 'COUNT',
    }),
    since: Flags.string({ description: "as journalctl understands it, e.g. '10 min ago'", helpValue: 'TIME' }),
    follow: Flags.boolean({ char: 'f', description: 'go on as lines are written' }),
  };
  static override examples = [
    '<%= config.bin %> logs web -n 50',
    '<%= config.bin %> logs web --release 3f9a1c',
    '<%= config.bin %> logs -f',
  ];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const context = await this.context(flags);
    if (flags.follow) this.mayBeSilent();
    const { lines, follow, release, since } = flags;
    const request = { app: args.app ?? null, hosts: flags.host, lines, follow, release: release ?? null, since: since ?? null };
    const read = await readLogs(context, request, (host, line) => this.output.print([`${host}  ${sanitizeLine(line)}`]));
    this.output.document('ops/logs@1', true, { exit: 0, hosts: read });
  }
}
