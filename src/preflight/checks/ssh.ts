import { formatMs } from '../../format.ts';
import { asRoot } from '../../host/as-root.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, warn } from '../finding.ts';

const TAILSCALE_BANNER = /^SSH-2\.0-Tailscale/;

export const ssh: Check = {
  id: 'ssh',
  title: 'ssh login',
  vantage: 'operator',
  exit: 'ssh-denied',
  concerns: about.connection,
  codes: {
    'control-path':
      'ssh shares one connection through a socket, and the path of that socket is limited to about 100 bytes. Set TMPDIR or XDG_RUNTIME_DIR to a folder with a shorter path.',
    'control-dir':
      'ops keeps the ssh socket and the host keys of a run in a folder that only you may enter, and could not make one. Set TMPDIR to a writable folder with a short path.',
    'auth-mode':
      'The banner of the ssh port does not fit `auth` in ops.yaml. Tailscale SSH takes over port 22 of the tailnet address and ignores keys; an OpenSSH server knows nothing of the tailnet policy. Correct ops.yaml, or switch the host with `tailscale set --ssh`.',
    'ssh-config':
      'ssh reads your own configuration (~/.ssh/config, and that of the system) for keys and agents, and ended before it connected: there is a mistake in it, or others may write to it. Nothing was sent to the host. The message has the file and the line; `ssh -G HOST` shows whether ssh accepts it.',
    'ssh-denied':
      'The host’s key was right, but it refused the login. Check the user, the key (`ssh-add -l`) and authorized_keys on the host; with too many keys in the agent, name one with `key:`.',
    'ssh-policy':
      'Tailscale SSH asks the tailnet policy, and no ssh rule lets this machine in as this user; it was asked twice, some seconds apart. Add a rule with action accept to the policy.',
    'policy-late':
      'Tailscale SSH said that the tailnet policy does not permit this login, and a moment later it did. Changes of the policy, and nodes that have just joined, need a second or two until both ends know of them; nothing is wrong when it stays at this once.',
    'ssh-user-missing': 'The login user does not exist on the host. Check `user` in ops.yaml.',
    'ssh-nologin':
      'The key was accepted, but the account has no login shell. Log in as another user and keep this one for running the app.',
    'key-unusable':
      'The host refused the login, and this machine could not use the key that it was to offer: the file is missing, may not be read, may be read by others, or is no whole key. The message has the file and what ssh says of it.',
    'password-expired':
      'The account has a password whose time is over, and the host lets nobody in before it was changed, with keys neither. `chage -l USER` on the host shows it. Accounts that log in with keys need no password: `chage -M -1 USER` takes the limit away.',
    'account-expired':
      'The account itself has an end, and that day is past (`chage -l USER` on the host). `chage -E -1 USER` takes it away.',
    'logins-closed':
      'The host lets nobody but root log in while /run/nologin or /etc/nologin exists. systemd makes it while the machine boots and goes down; a maintenance script may have forgotten it.',
    'login-restricted':
      'The account may log in for one purpose only: transferring files (ForceCommand internal-sftp) or git (git-shell). ops runs programs on a host, so it needs a user with a shell.',
    'login-closed':
      'The host spoke ssh and then closed the connection before anybody was logged in, and nothing was run. An account that PAM turns away, an empty /run/nologin, or a limit of its own are usual; the journal of sshd on the host says which.',
    'login-ended':
      'The login came about, and something that runs at each login ended it before the program of ops began: a start-up file of the login shell with exit or exec in it, a forced command (command= in authorized_keys, ForceCommand), or a shell that only knows its own commands. The message has the last line that it printed.',
    'interactive-check':
      'The tailnet policy asks for a fresh browser login before it lets this user in (ssh rule with action check). Open the address that was shown, then run the command again. Automation needs a rule with action accept.',
    'said-too-much':
      'The host sent more than any honest answer has, and was cut off there, so its outcome is not known. A command of the login shell may print without end; or somebody else than ops answers on the host.',
    'remote-deadline':
      'The host took the login but gave no complete answer in time, so its outcome is not known. It may be overloaded, or a login script waits for input.',
    'outcome-unknown':
      'The connection ended before the host had said how its work ended, so ops claims neither success nor failure. `ops status` reads the host again.',
  },
  async run(view) {
    const { banner } = await view.port();
    const answering = TAILSCALE_BANNER.test(banner) ? 'tailscale_ssh' : 'keys';
    const { id, auth } = view.host;
    if (answering !== auth) {
      const [who, fix] =
        answering === 'tailscale_ssh'
          ? [
              'Tailscale SSH answers, which ignores keys',
              `hosts.${id}.auth: tailscale_ssh in ops.yaml, or ${asRoot(view.host, 'tailscale set --ssh=false')}`,
            ]
          : [
              'an OpenSSH server answers, not Tailscale SSH',
              `hosts.${id}.auth: keys in ops.yaml, or ${asRoot(view.host, 'tailscale set --ssh')}`,
            ];
      return fail('auth-mode', `ops.yaml says auth: ${auth}, but ${who}`, { remedies: [fix], observed: { auth, banner } });
    }
    const { facts, sentAt, answeredAt, late } = await view.login();
    const ms = answeredAt - sentAt;
    const message = `logged in as ${facts.login.user} with ${auth === 'keys' ? 'keys' : 'Tailscale SSH'} in ${formatMs(ms)}`;
    const observed = { user: facts.login.user, auth, ms: Math.round(ms), who: facts.who };
    return late
      ? warn('policy-late', `${message}, at the second try: the tailnet policy was not there yet at the first`, { observed })
      : pass(message, observed);
  },
};
