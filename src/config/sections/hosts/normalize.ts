import { join } from 'node:path';
import { mapValues } from '../../draft.ts';
import { dnsName } from '../../spelling.ts';
import type { DefaultsDraft } from '../defaults/schema.ts';
import type { Surroundings } from '../section.ts';
import type { HostsDraft } from './schema.ts';
import type { HostConfig, HostsConfig } from './types.ts';

type WrittenHost = NonNullable<NonNullable<HostsDraft['hosts']>[string]>;

export function normalize(draft: HostsDraft & DefaultsDraft, around: Surroundings): HostsConfig {
  const normalizeOne = (host: WrittenHost, id: string) => normalizeHost(id, host, draft.defaults ?? {}, around);
  const hosts = mapValues(draft.hosts ?? {}, (host, id) => normalizeOne(host ?? {}, id));
  if (around.namedHosts.has('local')) hosts.local ??= normalizeOne({}, 'local');
  return { hosts };
}

function normalizeHost(
  id: string,
  host: WrittenHost,
  defaults: NonNullable<DefaultsDraft['defaults']>,
  { account, home, overrides }: Surroundings,
): HostConfig {
  const local = id === 'local';
  const user = local ? account.user : (overrides.user ?? host.user ?? defaults.user ?? 'root');
  const key = host.key ?? defaults.key;
  return {
    id,
    local,
    name: dnsName(host.name ?? id),
    user,
    port: host.port ?? defaults.port ?? 22,
    auth: overrides.auth ?? host.auth ?? defaults.auth ?? 'keys',
    key: key === undefined ? null : key.startsWith('~/') ? join(home, key.slice(2)) : key,
    privilege:
      host.privilege ?? (local ? undefined : defaults.privilege) ?? ((local ? account.root : user === 'root') ? 'root' : 'sudo'),
  };
}
