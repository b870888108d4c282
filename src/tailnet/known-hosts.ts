import { BugError } from '../errors.ts';
import { isDnsName } from '../forms.ts';
import { parseHostKey } from './host-key.ts';

/**
 * The known_hosts file of one run. The name is the FQDN alone: ssh is given it as HostKeyAlias, which ignores the port,
 * so one entry holds the keys of every sshd of a node. Nothing in it speaks for a host that is not named here.
 */
export function knownHosts(entries: readonly { fqdn: string; hostKeys: readonly string[] }[]): string {
  const lines = entries.flatMap(({ fqdn, hostKeys }) => hostKeys.map(key => ({ fqdn, key })));
  for (const { fqdn, key } of lines) {
    if (!isDnsName(fqdn) || parseHostKey(key) !== key) throw new BugError(`no line of known_hosts: ${fqdn} ${key}`);
  }
  return lines.map(({ fqdn, key }) => `${fqdn} ${key}\n`).join('');
}
