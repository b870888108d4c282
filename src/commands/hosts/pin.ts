import { Args, Flags } from '@oclif/core';
import { changeFlags } from '../../command/flags.ts';
import { OpsCommand } from '../../command/ops-command.ts';
import { isPinned, planPins, writePins } from '../../hosts/index.ts';
import { renderPins } from '../../report/hosts.ts';

export default class HostsPin extends OpsCommand {
  static override summary = 'Record who a host is (node, keys, machine) in ops.pins, to be committed beside ops.yaml';
  static override strict = false;
  static override args = { host: Args.string({ description: 'hosts of ops.yaml; all of them without it' }) };
  static override flags = {
    yes: changeFlags.yes,
    replace: Flags.boolean({ description: 'accept a host that is not the one that was pinned' }),
  };
  static override examples = ['<%= config.bin %> hosts pin', '<%= config.bin %> hosts pin web1 --replace'];

  override async run(): Promise<void> {
    const { flags, argv } = await this.parse(HostsPin);
    const context = await this.context(flags);
    const plan = await planPins(context, { hosts: argv as string[], replace: flags.replace });
    this.output.print(renderPins(plan));
    const done = isPinned(plan);
    if (!done) await this.ask('Write these pins?', flags.yes);
    const missing = done ? [] : await writePins(context, plan);
    const hosts = plan.proposals.map(proposal => proposal.id).join(', ');
    this.output.print([
      done ? `Nothing to do: ${plan.file} holds these pins already.` : `Pinned ${hosts} in ${plan.file}: commit it.`,
      ...(missing.length > 0
        ? [`No login to ${missing.join(', ')} yet, so the machine-id is not recorded: ops preflight says why`]
        : []),
    ]);
    this.output.document('ops/hosts-pin@1', true, { exit: 0, file: plan.file, hosts: plan.proposals, withoutMachineId: missing });
  }
}
