import type { Check } from '../check.ts';
import { pass } from '../finding.ts';

export const identity: Check = {
  id: 'identity',
  title: 'node is the pinned one',
  vantage: 'operator',
  exit: 'identity-mismatch',
  always: true,
  appliesTo: view => !view.host.local,
  async run(view) {
    const pin = await view.pin();
    const observed = { suffix: pin.suffix, node: pin.stableId, fqdn: pin.fqdn };
    if (view.via !== null)
      return pass(
        `pinned as ${pin.fqdn}; --via goes round the tailnet, so only its host key and machine-id are compared`,
        observed,
      );
    return pass(`node ${pin.stableId} of ${pin.suffix}, as pinned`, observed);
  },
};
