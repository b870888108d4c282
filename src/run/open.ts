import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { AppFacts } from '../host/facts/types.ts';
import { runPreflight } from '../preflight/index.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import type { HostSession, Preflight } from '../preflight/types.ts';

/** A host that preflight let through, with what it says of the app. */
export interface OpenHost {
  host: HostConfig;
  session: HostSession;
  facts: AppFacts;
}

/** Hosts with their connections open. Whoever holds them closes them. */
export interface OpenHosts {
  preflight: Preflight;
  hosts: readonly OpenHost[];
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Which failed checks bar the way; by default what preflight's own mode says. */
  barred?: (preflight: Preflight) => boolean;
  /** Read an installation that is not ours as well. */
  adopt?: boolean;
}

/** Preflight for a run that sends no files: hosts need not send the manifest of what they serve. */
export async function openHosts(
  context: Context,
  app: AppConfig,
  hosts: readonly HostConfig[],
  options: OpenOptions = {},
): Promise<OpenHosts> {
  const preflight = await runPreflight(context, hosts, app, {
    adopt: options.adopt ?? false,
    sendsNothing: true,
    knownManifests: ['*'],
  });
  const barred = options.barred ?? (asked => asked.exit !== 'ok');
  const open = hosts.flatMap(host => {
    const session = preflight.sessions.get(host.id);
    const facts = session?.facts.app;
    return session && facts ? [{ host, session, facts }] : [];
  });
  if (barred(preflight) || open.length < hosts.length) {
    await preflight.close();
    throw new PreflightRefused(preflight);
  }
  return { preflight, hosts: open, close: () => preflight.close() };
}
