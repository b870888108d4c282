import type { HostConfig, Privilege } from '../config/types.ts';
import { OpsError } from '../errors.ts';
import type { HostFacts } from '../host/facts/types.ts';

/** What sudo and doas say, as any of their versions words it. */
const SAYS = {
  missing: /not found|No such file or directory/,
  wantsTerminal: /must have a tty/,
  wantsPassword: /password is required|terminal is required|not in the sudoers|may not run sudo|not allowed to (?:execute|run)/,
  refuses: /Authentication required|Operation not permitted|not enabled/,
};

/** The login may not do what `privilege` says, and what would allow it: only what cures what was said. */
export function privilegeDenied(host: HostConfig, { user, privilege: said }: HostFacts['login']): OpsError {
  const who = user || host.user;
  return new OpsError('privilege-denied', 'privilege-denied', `${host.id}: ${who} ${why(host.privilege, said)}`, {
    hint: cure(host, who, said),
  });
}

function why(privilege: Privilege, said: string): string {
  return privilege === 'root' ? `is not root: ${said}` : `may not use ${privilege} without a password: ${said}`;
}

function cure({ id, privilege }: HostConfig, user: string, said: string): string {
  if (privilege === 'root' || privilege === 'none') return `hosts.${id}.privilege: sudo in ops.yaml, or log in as root`;
  const there = 'on the host, as root: ';
  if (SAYS.wantsTerminal.test(said)) return `${there}echo 'Defaults:${user} !requiretty' >/etc/sudoers.d/ops-tty`;
  if (privilege === 'sudo' && SAYS.wantsPassword.test(said))
    return `${there}echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops`;
  if (privilege === 'doas' && SAYS.refuses.test(said)) return `${there}echo 'permit nopass ${user}' >>/etc/doas.conf`;
  if (SAYS.missing.test(said)) return `${there}apt-get install ${privilege}`;
  return `on the host: ${privilege} -n true   (says the same there)`;
}
