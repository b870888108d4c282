import type { KeyPath } from '../../flaw.ts';
import type { HostsDraft } from '../hosts/schema.ts';
import type { HostsConfig } from '../hosts/types.ts';
import type { Rule } from '../section.ts';
import type { TailnetConfig } from '../tailnet/types.ts';
import type { AppsDraft } from './schema.ts';
import type { AppConfig, AppsConfig } from './types.ts';

/** `root` is the folder of ops.yaml. */
export type AppRule = Rule<AppsConfig & HostsConfig & TailnetConfig & { root: string }, AppsDraft & HostsDraft>;

export function appPath(app: AppConfig, ...rest: KeyPath): KeyPath {
  return ['apps', app.id, ...rest];
}

/** Every two apps that share a host, once. */
export function* neighbours(config: AppsConfig): Generator<[AppConfig, AppConfig, string]> {
  const apps = Object.values(config.apps);
  for (const [index, app] of apps.entries()) {
    for (const earlier of apps.slice(0, index)) {
      const host = app.hosts.find(id => earlier.hosts.includes(id));
      if (host !== undefined) yield [earlier, app, host];
    }
  }
}
