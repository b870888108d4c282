/**
 * The known_hosts file of one run. The name is the FQDN alone: ssh is given it as HostKeyAlias, which ignores the port,
 * so one entry holds the keys of every sshd of a node.
 */
export function knownHosts(entries: readonly { fqdn: string; hostKeys: readonly string[] }[]): string {
  return entries.flatMap(({ fqdn, hostKeys }) => hostKeys.map(key => `${fqdn} ${key}\n`)).join('');
}
