import { Flags } from '@oclif/core';
import { OpsCommand } from '../../command/ops-command.ts';
import { EXIT_CODES } from '../../errors.ts';
import { exitOfInventory, inventory } from '../../hosts/index.ts';
import { renderInventory } from '../../report/hosts.ts';

export default class Hosts extends OpsCommand {
  static override summary = 'Show the hosts of ops.yaml as the tailnet sees them';
  static override flags = { ping: Flags.boolean({ description: 'measure the path to each host', default: true, allowNo: true }) };
  static override examples = ['<%= config.bin %> hosts', '<%= config.bin %> hosts --no-ping --json'];

  override async run(): Promise<void> {
    const { flags } = await this.parse(Hosts);
    const context = await this.context(flags);
    const rows = await inventory(context, { ping: flags.ping });
    this.output.print(renderInventory(rows, context.now()));
    const exit = exitOfInventory(rows);
    this.output.document('ops/hosts@1', exit === 'ok', { exit: EXIT_CODES[exit].code, hosts: rows });
    this.end(exit);
  }
}
