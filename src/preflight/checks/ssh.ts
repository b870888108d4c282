import { formatMs } from '../../format.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';

const TAILSCALE_BANNER = /^SSH-2\.0-Tailscale/;

export const ssh: Check = {
  id: 'ssh',
  title: 'ssh login',
  vantage: 'operator',
  exit: 'ssh-denied',
  appliesTo: view => !view.host.local,
  async run(view) {
    const { banner } = await view.port();
    const answering = TAILSCALE_BANNER.test(banner) ? 'tailscale_ssh' : 'keys';
    const { id, auth } = view.host;
    if (answering !== auth) {
      const [who, fix] =
        answering === 'tailscale_ssh'
          ? [
              'Tailscale SSH answers, which ignores keys',
              `hosts.${id}.auth: tailscale_ssh in ops.yaml, or on the host: sudo tailscale set --ssh=false`,
            ]
          : [
              'an OpenSSH server answers, not Tailscale SSH',
              `hosts.${id}.auth: keys in ops.yaml, or on the host: sudo tailscale set --ssh`,
            ];
      return fail('auth-mode', `ops.yaml says auth: ${auth}, but ${who}`, { remedies: [fix], observed: { auth, banner } });
    }
    const { facts, sentAt, answeredAt } = await view.login();
    const ms = answeredAt - sentAt;
    return pass(`logged in as ${facts.login.user} with ${auth === 'keys' ? 'keys' : 'Tailscale SSH'} in ${formatMs(ms)}`, {
      user: facts.login.user,
      auth,
      ms: Math.round(ms),
      who: facts.who,
    });
  },
};
