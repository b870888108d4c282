import type { Check } from '../check.ts';
import { pass, warn } from '../finding.ts';

export const tailnet: Check = {
  id: 'tailnet',
  title: 'this machine in the tailnet',
  vantage: 'operator',
  exit: 'not-connected',
  appliesTo: view => !view.host.local && view.via === null,
  async run(view) {
    const { status } = await view.tailnet();
    const me = status.self.fqdn.split('.', 1)[0] ?? status.self.hostName;
    const observed = { suffix: status.suffix, self: status.self.fqdn, tun: status.tun, version: status.version };
    // The tunnels go on without the control server, so an outage of it must not bar the way back to an older release.
    if (!status.self.online) {
      return warn('self-offline', `${me} has lost its connection to the control server: what it knows of peers is old`, {
        remedies: ['tailscale netcheck'],
        observed,
      });
    }
    const how = status.tun ? '' : ', without a TUN device: connections go through tailscale nc';
    return pass(`${status.suffix}, this machine is online as ${me}${how}`, observed);
  },
};
