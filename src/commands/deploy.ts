import { Args, Flags } from '@oclif/core';
import { ChangeCommand } from '../command/change-command.ts';
import { changeFlags, hostFlags, onlyHosts, verboseTexts } from '../command/flags.ts';
import { deploy } from '../deploy/index.ts';
import { parseWait } from '../preflight/wait.ts';

export default class Deploy extends ChangeCommand {
  static override summary = 'Put the app onto its hosts: preflight, upload, atomic swap, proof, or back';
  static override args = { app: Args.string({ description: 'app of ops.yaml; the only one without it' }) };
  static override flags = {
    ...hostFlags,
    ...changeFlags,
    host: onlyHosts,
    adopt: Flags.boolean({ description: 'take a running installation over: it is recorded as the release before, untouched' }),
    full: Flags.boolean({ description: 'send every file, whatever the host has' }),
    verbose: verboseTexts,
    wait: Flags.string({ description: 'wait that long for a lock that somebody else holds', helpValue: '10m' }),
  };
  static override examples = [
    '<%= config.bin %> deploy',
    '<%= config.bin %> deploy web --host web1 --yes',
    '<%= config.bin %> deploy web --dry-run',
    '<%= config.bin %> deploy web --check --json   # in CI: exit 3 when something would change',
  ];

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Deploy);
    const context = await this.context(flags);
    const request = {
      app: args.app ?? null,
      hosts: flags.host,
      adopt: flags.adopt,
      full: flags.full,
      texts: flags.verbose,
      waitMs: parseWait(flags.wait),
    };
    await this.carryOut(context, deploy, request, flags);
  }
}
