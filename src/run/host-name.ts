import type { HostConfig } from '../config/types.ts';
import type { HostSession } from '../preflight/types.ts';

/** What `{host}` in a probe stands for: the MagicDNS name, also with --via; the machine itself when there is no way to go. */
export function nameOf(host: HostConfig, session: HostSession): string {
  return session.peer?.fqdn ?? session.target?.fqdn ?? (host.local ? 'localhost' : host.name);
}
