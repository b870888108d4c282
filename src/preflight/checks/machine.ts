import { asRoot } from '../../host/as-root.ts';
import { withMachineId } from '../../tailnet/trust.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass, unknown, warn } from '../finding.ts';

/** The tailnet names the node; this asks whether the node still runs on the machine that was pinned. */
export const machine: Check = {
  id: 'machine',
  title: 'machine is the pinned one',
  vantage: 'host',
  exit: 'identity-mismatch',
  concerns: about.connection,
  always: true,
  codes: {
    'machine-unread':
      'The host has no readable /etc/machine-id, so ops cannot tell whether the node still runs on the pinned machine. `sudo systemd-machine-id-setup` makes one.',
    'machine-not-pinned':
      'The pin holds the node and its keys, but not yet the machine behind them: that is only seen after a login. `ops hosts pin HOST` adds it.',
  },
  async run(view) {
    const [pin, { machineId }] = [await view.pin(), await view.privileged()];
    if (machineId === null)
      return unknown('machine-unread', 'the host has no readable /etc/machine-id', {
        remedies: [asRoot(view.host, 'systemd-machine-id-setup')],
      });
    withMachineId(pin, view.host.id, machineId);
    const observed = { machineId };
    if (pin.machineId === null) {
      return warn('machine-not-pinned', `machine-id ${machineId.slice(0, 8)}… is not recorded in the pin yet`, {
        remedies: [`ops hosts pin ${view.host.id}`],
        observed,
      });
    }
    return pass(`machine-id ${machineId.slice(0, 8)}…, as pinned`, observed);
  },
};
