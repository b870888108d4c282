import { describeCondition, peerConditions } from '../../tailnet/condition.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass, warn } from '../finding.ts';

const DAY_MS = 86_400_000;

export const expiry: Check = {
  id: 'expiry',
  title: 'node key of the host',
  vantage: 'operator',
  exit: 'host-silent',
  concerns: about.tailnet,
  codes: {
    'peer-expired':
      'The host’s node key has expired, so no node accepts traffic from it any more. Log it in again on the host, or disable key expiry for it in the admin console (usual for servers, implied by tags).',
    'peer-expiring':
      'The host’s node key expires soon; from then on it is unreachable over the tailnet. Renew it before, or disable key expiry for servers in the admin console.',
  },
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
