import type { HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { AppFacts } from '../host/facts/types.ts';
import { runPreflight } from '../preflight/index.ts';
import type { Purpose } from '../preflight/purpose.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import type { Preflight } from '../preflight/types.ts';
import type { OpenHost } from './part.ts';

/** Hosts with their connections open, and what the purpose needs of each. Whoever holds them closes them. */
export interface OpenHosts<T = AppFacts> {
  preflight: Preflight;
  hosts: readonly (OpenHost & { facts: T })[];
  close(): Promise<void>;
}

/** @throws PreflightRefused when the purpose is barred, or a host did not say what it needs. */
export async function openHosts<T>(context: Context, hosts: readonly HostConfig[], purpose: Purpose<T>): Promise<OpenHosts<T>> {
  const preflight = await runPreflight(context, hosts, purpose);
  const open = hosts.flatMap(host => {
    const session = preflight.sessions.get(host.id);
    const facts = session ? purpose.needs(session.facts, host) : null;
    return session && facts !== null ? [{ host, session, facts }] : [];
  });
  if (purpose.bars(preflight) || open.length < hosts.length) {
    await preflight.close();
    throw new PreflightRefused(preflight);
  }
  return { preflight, hosts: open, close: () => preflight.close() };
}
