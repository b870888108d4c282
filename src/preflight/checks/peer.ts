import type { Check } from '../check.ts';
import { pass } from '../finding.ts';

export const peer: Check = {
  id: 'peer',
  title: 'host in the tailnet',
  vantage: 'operator',
  exit: 'host-unknown',
  appliesTo: view => !view.host.local && view.via === null,
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
