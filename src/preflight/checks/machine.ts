import { withMachineId } from '../../tailnet/trust.ts';
import type { Check } from '../check.ts';
import { pass, unknown, warn } from '../finding.ts';

/** The tailnet names the node; this asks whether the node still runs on the machine that was pinned. */
export const machine: Check = {
  id: 'machine',
  title: 'machine is the pinned one',
  vantage: 'host',
  exit: 'identity-mismatch',
  always: true,
  appliesTo: view => !view.host.local,
  async run(view) {
    const [pin, { machineId }] = [await view.pin(), await view.privileged()];
    if (machineId === null)
      return unknown('machine-unread', 'the host has no readable /etc/machine-id', {
        remedies: ['on the host: sudo systemd-machine-id-setup'],
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
