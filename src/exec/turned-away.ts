import { OpsError } from '../errors.ts';

/** What sshd says in place of its version when it takes no connection for now, whatever its reason. ssh itself does not show it. */
export const NOT_NOW = /^Not allowed at this time/m;

export function noSshServer(host: string, port?: number): OpsError {
  const where = port === undefined ? `the ssh port of ${host}` : `port ${port} of ${host}`;
  return new OpsError('ssh-banner', 'host-silent', `what listens on ${where} is no ssh server`, {
    hint: 'check port of the host in ops.yaml',
  });
}

/** The port took the connection and closed it before its banner: not down, and no policy either. Trying on makes it last longer. */
export function turnedAway(host: string, said: string): OpsError {
  return new OpsError(
    'ssh-turned-away',
    'host-silent',
    `${host} closed the connection before its banner${said === '' ? '' : ` (${said})`}: its sshd takes none from this machine for now`,
    {
      hint: [
        'wait 15 s, or minutes after many tries, and run the command again: each try before that makes it longer',
        'on the host, as root: journalctl -u ssh -u sshd -n 20 | grep -i -e penalty -e MaxStartups',
      ],
    },
  );
}
