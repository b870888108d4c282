import { OpsError } from '../errors.ts';
import { quoteCommand } from './quote.ts';
import type { Result } from './runner.ts';

/** How ssh itself says that no key was taken. A Banner of the host may say anything, so the whole line counts. */
const DENIED = /^\S+@\S+: Permission denied \(.*\)\.$|^Received disconnect from .*: Too many authentication failures/;
/** A key that ssh was told of and could not use. */
const KEY = /^(?:no such identity: (.+): ([^:]+)|Load key "(.+)": (.+))$/;
/** During the login, when the key exchange is over or nearly: within a session the words are others. */
const CLOSED = /^Connection (?:closed|reset) by \S+ port \d+$/;

interface Trouble {
  code: string;
  pattern: RegExp;
  message: string;
  hint: string;
}

/** On stderr or, from what stands in the place of a shell, on stdout. */
const TROUBLES: readonly Trouble[] = [
  {
    code: 'password-expired',
    pattern:
      /^Password change required but no TTY available|^WARNING: Your password has expired|^You are required to change your password/,
    message: 'the password of the account has expired, and the host asks for a new one before it runs anything, keys or not',
    hint: 'on the host, as root: chage -l USER shows it; a new password ends it, or chage -M -1 USER',
  },
  {
    code: 'account-expired',
    pattern: /^Your account has expired/,
    message: 'the account has expired',
    hint: 'on the host, as root: chage -l USER shows it, chage -E -1 USER ends it',
  },
  {
    code: 'logins-closed',
    pattern: /pam_nologin\(8\)|Unprivileged users are not permitted to log in/,
    message: 'the host lets nobody but root log in: it has /run/nologin or /etc/nologin, as while it boots or goes down',
    hint: 'wait until it is up; when the file was forgotten there, as root: rm /run/nologin /etc/nologin',
  },
  {
    code: 'ssh-nologin',
    pattern: /^This account is currently not available/,
    message: 'the account has no login shell (nologin), the key itself was accepted',
    hint: 'log in as another user (user: in ops.yaml), or on the host, as root: chsh -s /bin/sh USER',
  },
  {
    code: 'login-restricted',
    pattern: /^This service allows sftp connections only/,
    message: 'the account may only transfer files (ForceCommand internal-sftp), and ops has to run programs there',
    hint: 'log in as another user (user: in ops.yaml), or take it out of the Match block in sshd_config',
  },
  {
    code: 'login-restricted',
    pattern: /^fatal: (?:unrecognized command '\/bin\/sh|Interactive git shell is not enabled)/,
    message: 'the login shell of the account is git-shell, and ops has to run programs there',
    hint: 'log in as another user (user: in ops.yaml), or on the host, as root: chsh -s /bin/sh USER',
  },
];

/** Why ssh got no further than the login; null when that is not what happened. Nothing was run there. */
export function refusedLogin({ exit, stderr }: Result, host: string): OpsError | null {
  if (exit !== 255) return null;
  const lines = linesOf(stderr);
  const denied = lines.find(line => DENIED.test(line));
  if (denied !== undefined) return keyTrouble(lines, host) ?? refused(denied, host);
  const closed = lines.findIndex(line => CLOSED.test(line));
  if (closed < 0) return null;
  const why = lines.slice(0, closed).at(-1);
  return new OpsError(
    'login-closed',
    'ssh-denied',
    `${host} ended the login without letting anybody in${why ? `: ${why}` : ''}`,
    {
      hint: 'on the host, as root: journalctl -u ssh -u sshd -n 20 says why (an account that is closed, /run/nologin, AllowUsers)',
    },
  );
}

/**
 * What a host says to a login that is good, in the first program of a connection: that one only looks, and what it prints itself is
 * framed. Of a later one these words could be its own.
 */
export function loginTrouble({ stdout, stderr }: Result, host: string): OpsError | null {
  const said = [...linesOf(stderr), ...linesOf(stdout)];
  if (said.some(line => DENIED.test(line))) return null;
  const trouble = TROUBLES.find(({ pattern }) => said.some(line => pattern.test(line)));
  return trouble ? new OpsError(trouble.code, 'ssh-denied', `${host}: ${trouble.message}`, { hint: trouble.hint }) : null;
}

/** The first program of a connection has ended by itself without a word of its own: what stands in its way runs at each login. */
export function loginEnded({ exit, reason, stdout, stderr }: Result, host: string): OpsError | null {
  if (reason !== 'exited' || exit === 255 || /^@[0-9a-f]{32} /m.test(stdout)) return null;
  const said = [...linesOf(stdout), ...linesOf(stderr)].at(-1);
  return new OpsError(
    'login-ended',
    'ssh-denied',
    `${host} let us in, and what runs there at a login ended it (exit ${exit}) before the program of ops began${said ? `: ${said}` : ''}`,
    {
      hint: [
        'on the host: look for exit or exec in what the login shell starts with (~/.bashrc, ~/.zshenv)',
        'for a forced command (command= in authorized_keys, ForceCommand in sshd_config): use a key and a user without one',
      ],
      details: { exit },
    },
  );
}

function refused(line: string, host: string): OpsError {
  return new OpsError('ssh-denied', 'ssh-denied', `${host} refused the login: ${line}`, {
    hint: /Too many authentication failures/.test(line)
      ? `hosts.${host}.key: FILE in ops.yaml   (the agent offers more than the host takes)`
      : `check user, key and auth of ${host} in ops.yaml: ssh-add -l`,
  });
}

/** A host that took no key was not offered one, where this machine could not use it. */
function keyTrouble(lines: readonly string[], host: string): OpsError | null {
  const match = lines.map(line => KEY.exec(line)).find(found => found !== null);
  if (!match) return null;
  const [file = '', why] = match.slice(1).filter(part => part !== undefined);
  const name = quoteCommand([file]);
  return new OpsError('key-unusable', 'credential-missing', `${host} was not offered the key ${file}: ${why}`, {
    hint: [keyCure(why, name), `key: of ${host} in ops.yaml`],
    details: { file },
  });
}

function keyCure(why: string | undefined, name: string): string {
  if (why === 'bad permissions') return `chmod 600 ${name}`;
  return why?.startsWith('No such file') ? `ls -l ${name}` : `ssh-keygen -y -f ${name}   (says what is wrong with it)`;
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
}
