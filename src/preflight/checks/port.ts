import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass } from '../finding.ts';

export const port: Check = {
  id: 'port',
  title: 'ssh port',
  vantage: 'operator',
  exit: 'host-silent',
  concerns: about.connection,
  codes: {
    'via-needs-name':
      '--via dials an address of your choice, so the pin must be found by name. Give the host a MagicDNS name in ops.yaml.',
    'ssh-timeout':
      'The ssh port took no connection within the time allowed. When the ping works, an access rule of the tailnet or a firewall on the host drops TCP to this port.',
    'ssh-refused':
      'The host answers, but nothing listens on the ssh port. sshd may be down, or listen on another port or address: check `port` in ops.yaml.',
    'ssh-turned-away':
      'sshd took the connection and closed it before it had said its version: it is up, and takes none from this address for now. OpenSSH 9.8 and later do so to an address with too many failed logins (5 s each) or connections without a login (1 s each, key scans and port checks too): from 15 s on, for as long as they add up to, 10 minutes at most (PerSourcePenalties). Too many logins at once (MaxStartups) look the same for seconds. Wait; `PerSourcePenaltyExemptList 100.64.0.0/10` in sshd_config exempts the tailnet.',
    'ssh-unreachable': 'No way leads to the host’s ssh port from here. The message is the system’s own.',
    'ssh-banner':
      'Something listens on this port, but it does not greet like an ssh server. Check `port` of the host in ops.yaml.',
    'not-our-address':
      'A connection to the host would leave from an address that is not this machine’s tailnet address. Then the route to 100.x leads somewhere else, such as a provider’s own network, and whatever answers there is not trusted. Another VPN or a route for 100.64.0.0/10 is the usual cause.',
  },
  async run(view) {
    const [way, greeting] = await Promise.all([view.wayIn(), view.port()]);
    const through = way.proxy ? ' through tailscale nc' : view.via ? ' (as --via says)' : '';
    return pass(`${greeting.banner.replace(/^SSH-2\.0-/, '')} answers at ${way.address} port ${way.port}${through}`, {
      address: way.address,
      port: way.port,
      banner: greeting.banner,
      ms: Math.round(greeting.ms),
    });
  },
};
