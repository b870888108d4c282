import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass } from '../finding.ts';

export const identity: Check = {
  id: 'identity',
  title: 'node is the pinned one',
  vantage: 'operator',
  exit: 'identity-mismatch',
  concerns: about.connection,
  always: true,
  codes: {
    'pin-missing':
      'ops never trusts a host key on first sight. `ops hosts pin HOST` reads the host’s keys over the tailnet, shows them, and writes them to ops.pins, which is committed beside ops.yaml.',
    'pin-changed':
      'The host is not the one that was pinned: its node, its name, its machine or its keys differ. A reinstalled or replaced host looks like this, and so does an impostor. Find out which; `ops hosts pin HOST --replace` accepts the change.',
  },
  async run(view) {
    const pin = await view.pin();
    const observed = { suffix: pin.suffix, node: pin.stableId, fqdn: pin.fqdn };
    if (view.via !== null)
      return pass(
        `pinned as ${pin.fqdn}; with --via the tailnet is not asked, so only its host key and machine-id are compared`,
        observed,
      );
    return pass(`node ${pin.stableId} of ${pin.suffix}, as pinned`, observed);
  },
};
