import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass } from '../finding.ts';

export const peer: Check = {
  id: 'peer',
  title: 'host in the tailnet',
  vantage: 'operator',
  exit: 'host-unknown',
  concerns: about.tailnet,
  codes: {
    'peer-unknown':
      'No node with this name is visible from here. Either the name is wrong, the node never joined or was removed, or an access rule hides it: nodes that a policy gives you no way to are not shown at all. Compare `tailscale status` here with the Machines page of the admin console.',
    'peer-ambiguous':
      'Several nodes could be meant, so none is chosen. Write the full MagicDNS name in ops.yaml, or remove the stale node in the admin console.',
    'peer-named-twice':
      'Two hosts of ops.yaml are one node of the tailnet, so whatever is done to both would meet itself there. Leave one of them in ops.yaml; where both are meant to stay, ask for one at a time.',
    'peer-offline':
      'The control server says that the host is not connected to the tailnet. It is off, has no network, or tailscaled does not run on it. Look at it by another way in: console, LAN, or `--via ADDRESS`.',
  },
  async run(view) {
    await view.peer();
    const node = await view.online();
    const owner = node.tags.length > 0 ? node.tags.join(' ') : (node.user ?? 'no owner named');
    return pass(`${node.fqdn} is online, node ${node.stableId}, ${owner}`, {
      fqdn: node.fqdn,
      stableId: node.stableId,
      ips: node.ips,
      tags: node.tags,
      user: node.user,
      os: node.os,
    });
  },
};
