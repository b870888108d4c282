import { OpsError } from '../errors.ts';

/** What sshd says in place of its version when it takes no connection for now, whatever its reason. ssh itself does not show it. */
export const NOT_NOW = /^Not allowed at this time/m;

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
