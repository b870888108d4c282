import type { PeerPath } from '../../tailnet/types.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { errorOf, pass, unknown, warn } from '../finding.ts';

export const path: Check = {
  id: 'path',
  title: 'path to the host',
  vantage: 'operator',
  exit: 'host-silent',
  concerns: about.tailnet,
  codes: {
    'peer-no-address':
      'The node is known, but the control server has given it no address yet. It has usually just joined: try again in a moment.',
    'path-relayed':
      'Packets to this host go through a relay because no direct way was found between the two networks. Everything works, but slower. UDP 41641 open on either side usually helps; `tailscale netcheck` says what the network here allows.',
    'path-no-reply':
      'The host did not answer a ping inside the tailnet. The control server may still think that it is online (it has just died or gone to sleep), or a firewall drops UDP and the relay at once.',
    'path-expired': 'The host refused the ping because its node key has expired. Log it in again on the host.',
    'path-unknown-peer':
      'tailscaled knows no node with this address any more. The host may have left the tailnet a moment ago: try again.',
    'path-failed': 'The ping inside the tailnet could not be made. The message is tailscaled’s own.',
  },
  async run(view) {
    const seen = await view.path();
    if (seen.ok) {
      const message = describePath(seen.path);
      if (seen.path.kind === 'direct') return pass(message, { ...seen.path });
      return warn('path-relayed', `${message}: no direct way was found, uploads will be slow`, {
        remedies: [`tailscale ping ${view.host.name}`, 'tailscale netcheck'],
        observed: { ...seen.path },
      });
    }
    if (seen.code === 'path-self') return pass('it is this very machine');
    // A ping is no proof against a way in: access rules and firewalls may drop it alone.
    const remedies = [`tailscale ping ${view.host.name}`];
    if (await errorOf(view.port())) return unknown(seen.code, `tailscale ping: ${seen.message}`, { remedies });
    return warn(seen.code, `tailscale ping: ${seen.message}; the ssh port answers all the same`, { remedies });
  },
};

/** `direct 12 ms`, `by relay fra, 65 ms`. */
function describePath(seen: PeerPath): string {
  const ms = seen.latencyMs < 10 ? seen.latencyMs.toFixed(1) : String(Math.round(seen.latencyMs));
  switch (seen.kind) {
    case 'direct':
      return `direct, ${ms} ms`;
    case 'peer-relay':
      return `by peer relay ${seen.via}, ${ms} ms`;
    case 'derp':
      return `by relay ${seen.via}, ${ms} ms`;
  }
}
