import { basename, join, resolve } from 'node:path';
import { parseDuration } from './duration.ts';
import type { YamlFile } from './load.ts';
import type { Overrides } from './overrides.ts';
import type { Written } from './schema.ts';
import type { Draft, Partly } from './shape.ts';
import type {
  AppConfig,
  CheckSettings,
  Config,
  EnvReference,
  HostConfig,
  ProbeConfig,
  ServiceConfig,
  SourceConfig,
} from './types.ts';

type WrittenApp = Partly<NonNullable<Written['apps']>[string]>;
type WrittenHost = Partly<NonNullable<NonNullable<Written['hosts']>[string]>>;

/** What the written form cannot say by itself. */
export interface Surroundings {
  /** Absolute path of ops.yaml. */
  file: string;
  root: string;
  digest: string;
  home: string;
  /** Who runs ops: the account of the host `local`. */
  account: { user: string; root: boolean };
  overrides: Overrides;
  sourceOf: YamlFile['sourceOf'];
}

/** Written form → resolved form: defaults, overrides, absolute paths, milliseconds. Total: it takes a draft, and the rules judge the result. */
export function normalize(draft: Draft, around: Surroundings): Config {
  const hosts = mapValues(draft.hosts ?? {}, (host, id) => normalizeHost(id, host ?? {}, draft, around));
  const usesLocal = Object.values(draft.apps ?? {}).some(app => app && hostIds(app).includes('local'));
  if (usesLocal && !hosts.local) hosts.local = normalizeHost('local', {}, draft, around);
  return {
    file: around.file,
    root: around.root,
    digest: around.digest,
    tailnet: dnsName(draft.tailnet ?? ''),
    hosts,
    apps: mapValues(draft.apps ?? {}, (app, id) => normalizeApp(id, app ?? {}, hosts, draft, around)),
    checks: normalizeChecks(draft.checks ?? {}),
    preflight: around.overrides.preflight,
    overrides: around.overrides.names,
  };
}

function normalizeHost(id: string, host: WrittenHost, draft: Draft, { account, home, overrides }: Surroundings): HostConfig {
  const { defaults = {} } = draft;
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

function normalizeApp(id: string, app: WrittenApp, hosts: Config['hosts'], draft: Draft, around: Surroundings): AppConfig {
  const ids = hostIds(app);
  const unprivileged = ids.map(host => hosts[host]).find(host => host?.privilege === 'none');
  const user = app.user ?? unprivileged?.user ?? 'root';
  const stable = app.stable ?? draft.defaults?.stable;
  return {
    id,
    hosts: ids,
    path: (app.path ?? `/srv/${id}`).replace(/\/$/, ''),
    source: normalizeSource(app.source, around.root),
    user,
    services: Object.entries(app.services ?? {}).map(([key, service]) => normalizeService(key, service ?? {}, user)),
    env: mapValues(app.env ?? {}, (value, name) => normalizeEnv(value, around.sourceOf(['apps', id, 'env', name]))),
    shared: (app.shared ?? []).filter(isPresent).map(tidy),
    checks: (app.checks ?? [])
      .filter(isPresent)
      .map(check => (typeof check === 'string' ? check.split(/ +/) : check.filter(isPresent))),
    probes: (app.probes ?? []).map((probe, index) => normalizeProbe(probe ?? {}, index)),
    stableMs: stable === undefined ? null : milliseconds(stable),
    startMs: milliseconds(app.start ?? '60s'),
    keep: app.keep ?? draft.defaults?.keep ?? 5,
  };
}

function hostIds(app: WrittenApp): string[] {
  const hosts = app.hosts ?? [];
  return typeof hosts === 'string' ? [hosts] : hosts.filter(isPresent);
}

function normalizeSource(source: WrittenApp['source'], root: string): SourceConfig {
  const { dir = '.', exclude = [], git } = typeof source === 'string' ? { dir: source } : { ...source };
  const shared = { dir: resolve(root, dir), exclude: exclude.filter(isPresent).map(tidy) };
  return git === undefined ? { kind: 'dir', ...shared } : { kind: 'git', ref: git, ...shared };
}

function normalizeService(
  key: string,
  service: { run?: string | undefined; unit?: string | undefined; user?: string | undefined },
  user: string,
): ServiceConfig {
  if (service.unit !== undefined) return { kind: 'file', unit: basename(service.unit), file: tidy(service.unit) };
  const unit = key.endsWith('.service') ? key : `${key}.service`;
  if (service.run === undefined) return { kind: 'existing', unit };
  return { kind: 'run', unit, run: service.run, user: service.user ?? user };
}

/** A number keeps its own spelling: `1.10` is a version to whoever wrote it. */
function normalizeEnv(
  value: string | number | boolean | { readonly env?: string | undefined } | undefined,
  source: string | null,
): string | EnvReference {
  if (typeof value === 'object') return { env: value.env ?? '' };
  return typeof value === 'string' ? value : (source ?? String(value));
}

function normalizeProbe(probe: NonNullable<NonNullable<WrittenApp['probes']>[number]>, index: number): ProbeConfig {
  const kind = probe.http === undefined && probe.tcp !== undefined ? 'tcp' : 'http';
  const status = probe.status ?? 200;
  return {
    id: probe.id ?? `${kind}-${index + 1}`,
    kind,
    target: probe.http ?? probe.tcp ?? '',
    from: probe.from ?? 'host',
    status: typeof status === 'number' ? [status] : status.filter(isPresent),
    contains: probe.contains ?? null,
    attempts: probe.attempts ?? 12,
    intervalMs: milliseconds(probe.interval ?? '1s'),
    timeoutMs: milliseconds(probe.timeout ?? '2s'),
  };
}

function normalizeChecks({ disk, clock, key_expiry }: Partly<NonNullable<Written['checks']>>): CheckSettings {
  return {
    diskWarn: disk?.warn ?? 85,
    diskFail: disk?.fail ?? 95,
    clockSkewWarnMs: milliseconds(clock ?? '5s'),
    keyExpiryWarnDays: milliseconds(key_expiry ?? '14d') / 86_400_000,
  };
}

function milliseconds(written: string | number): number {
  return parseDuration(written) ?? 0;
}

function dnsName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** `./data/` and `data` are one path. */
function tidy(path: string): string {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/');
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Without a prototype: `apps.constructor` must not exist unless it was written. */
function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T, key: string) => U): Record<string, U> {
  const changed: Record<string, U> = Object.create(null);
  for (const [key, value] of Object.entries(map)) changed[key] = change(value, key);
  return changed;
}
