import { describeCondition, peerConditions } from '../../tailnet/condition.ts';
import type { Check } from '../check.ts';
import { pass, warn } from '../finding.ts';

const DAY_MS = 86_400_000;

export const expiry: Check = {
  id: 'expiry',
  title: 'node key of the host',
  vantage: 'operator',
  exit: 'host-silent',
  appliesTo: view => !view.host.local && view.via === null,
  async run(view) {
    const node = await view.live();
    const observed = { keyExpiry: node.keyExpiry };
    const expiring = peerConditions(node, view.now(), view.config.checks.keyExpiryWarnDays).find(
      found => found.code === 'peer-expiring',
    );
    if (expiring) {
      const { message, remedies } = describeCondition(expiring);
      return warn(expiring.code, message, { remedies, observed });
    }
    if (node.keyExpiry === null) return pass('its node key does not expire', observed);
    return pass(`its node key expires in ${Math.floor((Date.parse(node.keyExpiry) - view.now()) / DAY_MS)} days`, observed);
  },
};
