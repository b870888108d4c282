import { Args, Flags } from '@oclif/core';
import { changeFlags, hostFlags, OpsCommand } from '../../command/ops-command.ts';
import { EXIT_CODES } from '../../errors.ts';
import { plural } from '../../format.ts';
import { executeForget, type Forgotten, prepareForget } from '../../hosts/forget.ts';

export default class HostsForget extends OpsCommand {
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
    const prepared = await this.closing(await prepareForget(context, request));
    const { belongings } = prepared;
    this.output.print([
      `${plural(belongings.length, 'thing')} of ours on ${args.host}`,
      ...belongings.map(({ kind, path }) => `  ${kind.padEnd(8)}  ${path}`),
    ]);
    const stop = flags['dry-run'] || flags.check || belongings.length === 0;
    let forgotten: Forgotten = { left: stop ? belongings : [], stays: [] };
    if (!stop) {
      await this.confirm(`Stop and remove these on ${args.host}?`, flags.yes);
      forgotten = await executeForget(context, prepared);
      this.output.print(renderForgotten(forgotten, flags.app ?? 'ours', args.host));
    }
    const { left, stays } = forgotten;
    const exit = stop ? (flags.check && belongings.length > 0 ? 'changes' : 'ok') : left.length > 0 ? 'failed' : 'ok';
    this.output.document('ops/hosts-forget@1', exit !== 'failed', {
      exit: EXIT_CODES[exit].code,
      removed: !stop,
      belongings,
      left,
      stays,
    });
    this.end(exit);
  }
}

/** What was seen there afterwards. */
function renderForgotten({ left, stays }: Forgotten, whose: string, host: string): string[] {
  if (left.length > 0) return [`Still on ${host}:`, ...left.map(({ kind, path }) => `  ${kind.padEnd(8)}  ${path}`)];
  if (stays.length === 0) return [`Nothing of ${whose} is left on ${host}.`];
  return [
    `Nothing of ${whose} is left on ${host} but the trees, which stay:`,
    ...stays.map(path => `  ${path}`),
    `  → to remove them, too, on the host: sudo rm -rf ${stays.join(' ')}`,
  ];
}
