import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import type { Purpose } from './purpose.ts';
import { barredByAny, ofApp, ofHost } from './purposes.ts';
import { preflight } from './run.ts';
import type { Preflight } from './types.ts';
import { requireOneHost } from './via.ts';

export interface HostCheckRequest {
  /** Ids from ops.yaml; none = all. */
  hosts: readonly string[];
  app: string | null;
}

/** `ops preflight`: asks and lets go of the connections again. */
export async function checkHosts(context: Context, request: HostCheckRequest): Promise<Preflight> {
  const app = request.app === null ? null : findApp(context, request.app);
  const ids = request.hosts.length > 0 ? request.hosts : (app?.hosts ?? Object.keys(context.config.hosts));
  const hosts = findHosts(context, ids);
  const result = await runPreflight(context, hosts, looking(context, app));
  await result.close();
  return result;
}

/** With one app on a host, looking at the host means looking at its app too. */
function looking(context: Context, app: AppConfig | null): Purpose {
  const appOn = (host: HostConfig) => app ?? onlyAppOf(context, host);
  const purposeOn = (host: HostConfig) => {
    const found = appOn(host);
    return found ? ofApp(found) : ofHost;
  };
  return {
    ...ofHost,
    name: 'preflight',
    appOn,
    sections: (host, fqdn) => purposeOn(host).sections(host, fqdn),
    needs: (facts, host) => purposeOn(host).needs(facts, host),
    bars: barredByAny,
  };
}

/** Opens the way to the hosts; the caller closes it. @throws OpsError via-many-hosts or via-local, before anything is asked. */
export async function runPreflight(context: Context, hosts: readonly HostConfig[], purpose: Purpose): Promise<Preflight> {
  if (context.via !== null) requireOneHost(context.via, hosts);
  await context.pinNew?.(hosts);
  context.emit({ type: 'waiting', text: `Asking ${hosts.map(host => host.id).join(', ')}…` });
  return preflight({
    config: context.config,
    hosts,
    purpose,
    mode: context.preflightMode,
    ...(context.via === null ? {} : { via: context.via }),
    runner: context.runner,
    now: context.now,
    env: context.env,
    signal: context.signal,
  });
}

const SHOW = 'ops config show';

export function findApp(context: Context, id: string): AppConfig {
  const app = context.config.apps[id];
  if (app) return app;
  throw new OpsError(
    'app-unknown',
    'usage',
    `ops.yaml has no app ${JSON.stringify(id)}; it has ${listed(Object.keys(context.config.apps))}`,
    { hint: SHOW },
  );
}

function onlyAppOf(context: Context, host: HostConfig): AppConfig | null {
  const apps = Object.values(context.config.apps).filter(app => app.hosts.includes(host.id));
  return apps.length === 1 ? apps[0]! : null;
}

/** The app that is named, or the only one there is. */
export function chooseApp(context: Context, id: string | null): AppConfig {
  if (id !== null) return findApp(context, id);
  const apps = Object.values(context.config.apps);
  if (apps.length === 1) return apps[0]!;
  throw new OpsError('app-missing', 'usage', `which app? ops.yaml has ${listed(Object.keys(context.config.apps))}`, {
    hint: apps.length > 0 ? 'the same command with one of them' : SHOW,
  });
}

export function findHost(context: Context, id: string, hint: string = SHOW): HostConfig {
  const host = context.config.hosts[id];
  if (host) return host;
  throw new OpsError(
    'host-undeclared',
    'usage',
    `ops.yaml has no host ${JSON.stringify(id)}; it has ${listed(Object.keys(context.config.hosts))}`,
    { hint },
  );
}

/** Each once, however often it is named: what is done to a host twice at a time races with itself. */
export function findHosts(context: Context, ids: readonly string[]): HostConfig[] {
  return [...new Set(ids)].map(id => findHost(context, id));
}

/** The app's hosts, or those of them that were asked for. */
export function hostsOf(context: Context, app: AppConfig, wanted: readonly string[]): HostConfig[] {
  for (const id of wanted) {
    if (!app.hosts.includes(id)) {
      throw new OpsError(
        'host-not-of-app',
        'usage',
        `${app.id} is not deployed to ${JSON.stringify(id)}; its hosts are ${listed(app.hosts)}`,
        { hint: SHOW },
      );
    }
  }
  return findHosts(context, wanted.length > 0 ? wanted : app.hosts);
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
