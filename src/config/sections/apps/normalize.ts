import { isPresent, mapValues } from '../../draft.ts';
import { milliseconds } from '../../duration.ts';
import { tidy } from '../../spelling.ts';
import type { DefaultsDraft } from '../defaults/schema.ts';
import { hostIds } from '../hosts/host-list.ts';
import type { HostsConfig } from '../hosts/types.ts';
import type { Surroundings } from '../section.ts';
import { normalizeEnv } from './env.ts';
import { normalizeProbe } from './probes.ts';
import type { AppsDraft } from './schema.ts';
import { normalizeService } from './services.ts';
import { normalizeSource } from './source.ts';
import type { AppConfig, AppsConfig } from './types.ts';

type WrittenApp = NonNullable<NonNullable<AppsDraft['apps']>[string]>;

export function normalize(draft: AppsDraft & DefaultsDraft, around: Surroundings, { hosts }: HostsConfig): AppsConfig {
  const defaults = draft.defaults ?? {};
  return { apps: mapValues(draft.apps ?? {}, (app, id) => normalizeApp(id, app ?? {}, defaults, around, hosts)) };
}

export function namedHosts({ apps = {} }: AppsDraft): string[] {
  return Object.values(apps).flatMap(app => hostIds(app?.hosts));
}

function normalizeApp(
  id: string,
  app: WrittenApp,
  defaults: NonNullable<DefaultsDraft['defaults']>,
  { root, sourceOf }: Surroundings,
  hosts: HostsConfig['hosts'],
): AppConfig {
  const ids = hostIds(app.hosts);
  const unprivileged = ids.map(host => hosts[host]).find(host => host?.privilege === 'none');
  const user = app.user ?? unprivileged?.user ?? 'root';
  const stable = app.stable ?? defaults.stable;
  return {
    id,
    hosts: ids,
    path: (app.path ?? `/srv/${id}`).replace(/\/$/, ''),
    source: normalizeSource(app.source, root),
    user,
    services: Object.entries(app.services ?? {}).map(([key, service]) => normalizeService(key, service, user)),
    env: mapValues(app.env ?? {}, (value, name) => normalizeEnv(value, sourceOf(['apps', id, 'env', name]))),
    shared: (app.shared ?? []).filter(isPresent).map(path => ({ path: tidy(path), folder: path.endsWith('/') })),
    checks: (app.checks ?? [])
      .filter(isPresent)
      .map(check => (typeof check === 'string' ? check.split(/ +/) : check.filter(isPresent))),
    probes: (app.probes ?? []).map((probe, index) => normalizeProbe(probe ?? {}, index)),
    stableMs: stable === undefined ? null : milliseconds(stable),
    startMs: milliseconds(app.start ?? '60s'),
    keep: app.keep ?? defaults.keep ?? 5,
  };
}
