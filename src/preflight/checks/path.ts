import type { PeerPath } from '../../tailnet/types.ts';
import type { Check } from '../check.ts';
import { errorOf, pass, unknown, warn } from '../finding.ts';

export const path: Check = {
  id: 'path',
  title: 'path to the host',
  vantage: 'operator',
  exit: 'host-silent',
  appliesTo: view => !view.host.local && view.via === null,
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
