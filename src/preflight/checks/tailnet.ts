import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass, warn } from '../finding.ts';

export const tailnet: Check = {
  id: 'tailnet',
  title: 'this machine in the tailnet',
  vantage: 'operator',
  exit: 'not-connected',
  concerns: about.tailnet,
  codes: {
    'tailscale-missing':
      'ops reaches hosts over the tailnet only and asks the tailscale program who is where; it was not found. Install Tailscale, or name the program in OPS_TAILSCALE. On macOS the program inside the app is found by itself.',
    'daemon-down':
      'The tailscale program is here, but its daemon does not run. Start it: `sudo systemctl start tailscaled` on Linux, the Tailscale app on macOS.',
    'daemon-silent':
      'tailscaled runs but gave no answer within its deadline. It may hang on a full disk or a dead network; restart it.',
    'daemon-denied':
      'tailscaled answers to root and its operator only, and you are neither. Make yourself the operator once: `sudo tailscale set --operator=$USER`.',
    'tailnet-stopped': 'Tailscale is installed and logged in, but switched off. `tailscale up` connects it again.',
    'tailnet-logged-out':
      'This machine has no valid login to its tailnet: it was logged out, or its node key expired. `tailscale up` shows a login page; in CI, join with an auth key or OAuth client first.',
    'tailnet-approval':
      'The tailnet admits devices only after an admin approved them, and nobody has approved this machine yet. Approve it on the Machines page of the admin console.',
    'tailnet-other-user':
      'On Windows one user at a time owns the connection, and it is another one now. Log that user out, or run ops as that user.',
    'tailnet-starting': 'tailscaled has just started and is not connected yet. Wait for it: `tailscale wait --timeout=30s`.',
    'tailnet-not-running':
      'tailscaled is in a state that ops does not know, so it is not taken for connected. `tailscale status` says more.',
    'tailnet-mismatch':
      'ops.yaml pins one tailnet, and this machine is connected to another: names and addresses there mean other machines. Switch with `tailscale switch`, or correct `tailnet:` in ops.yaml.',
    'self-offline':
      'This machine lost its connection to the control server, so what it knows of other nodes is old. Open tunnels go on working without it, so this only warns. Check the network here with `tailscale netcheck`.',
  },
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
