import { Args, Flags } from '@oclif/core';
import { ChangeCommand } from '../command/change-command.ts';
import { changeFlags, hostFlags, onlyHosts } from '../command/flags.ts';
import { prune } from '../deploy/index.ts';
import { EXIT_CODES } from '../errors.ts';
import { renderReleases } from '../report/status.ts';
import { appsStatus, exitOfReading, readPlaces } from '../status/index.ts';

export default class Releases extends ChangeCommand {
  static override summary = 'List the releases of an app on each host, newest first, or remove old ones';
  static override args = { app: Args.string({ description: 'app of ops.yaml; all of them without it' }) };
  static override flags = {
    ...hostFlags,
    ...changeFlags,
    prune: Flags.boolean({ description: 'remove releases beyond the newest --keep; never current or the one to go back to' }),
    keep: Flags.integer({
      description: 'with --prune: how many stay (as ops.yaml says without it)',
      min: 1,
      max: 1000,
      dependsOn: ['prune'],
      helpValue: 'COUNT',
    }),
    host: onlyHosts,
  };
  static override examples = [
    '<%= config.bin %> releases web',
    '<%= config.bin %> releases web --host web1 --json',
    '<%= config.bin %> releases web --prune --keep 3',
  ];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Releases);
    const context = await this.context(flags);
    const request = { app: args.app ?? null, hosts: flags.host };
    if (flags.prune) {
      await this.carryOut(context, prune, { ...request, keep: flags.keep ?? null }, flags);
      return;
    }
    const rows = appsStatus.rows(await readPlaces(context, request, [appsStatus]), context.config);
    const exit = exitOfReading(rows);
    this.output.print(renderReleases(rows, context.now()));
    const hosts = rows.map(({ app, host, current, previous, releases, problem }) => ({
      app,
      host,
      current,
      previous,
      releases,
      problem,
    }));
    this.output.document(this.documentSchema, exit === 'ok', { exit: EXIT_CODES[exit].code, hosts });
    this.end(exit);
  }
}
