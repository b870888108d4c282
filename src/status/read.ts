import type { HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import { findApp, findHost, hostsOf, runPreflight } from '../preflight/index.ts';
import { ofHost } from '../preflight/purposes.ts';
import type { Preflight } from '../preflight/types.ts';
import { areThemselves } from '../preflight/verdict.ts';
import type { CloserLook, Looked, Place, SeenPlace, StatusPart } from '../run/status-part.ts';

export interface StatusRequest {
  /** null = every app, as far as it is on the hosts that were asked for. */
  app: string | null;
  /** None = all. */
  hosts: readonly string[];
}

/**
 * Looks at each host once, whatever there is to tell of it, and closer where that is asked for. One that cannot be read is a
 * place that says why.
 */
export async function readPlaces(
  context: Context,
  request: StatusRequest,
  parts: readonly Pick<StatusPart<never>, 'sections'>[],
  looks: readonly CloserLook[] = [],
): Promise<SeenPlace[]> {
  const places = placesOf(context, request);
  if (places.length === 0) return [];
  const sections = (host: HostConfig) => {
    const place = places.find(candidate => candidate.host === host)!;
    return parts.flatMap(part => part.sections(place));
  };
  const hosts = places.map(({ host }) => host);
  const purpose = { ...ofHost, name: 'status', sections, bars: () => false };
  const asked = await runPreflight(context, hosts, purpose);
  try {
    return await Promise.all(places.map(place => seePlace(context, place, asked, looks)));
  } finally {
    await asked.close();
  }
}

async function seePlace(
  context: Context,
  place: Place,
  { reports, sessions }: Preflight,
  looks: readonly CloserLook[],
): Promise<SeenPlace> {
  const report = reports.find(({ host }) => host === place.host)!;
  const session = areThemselves(report.results) ? sessions.get(place.host.id) : undefined;
  if (session === undefined) return { ...place, report, facts: null, evidence: [] };
  const evidence: Looked[] = [];
  for (const app of place.apps) {
    for (const look of looks) evidence.push(...(await look(context, { host: place.host, session }, app)));
  }
  return { ...place, report, facts: session.facts, evidence };
}

function placesOf(context: Context, { app, hosts }: StatusRequest): Place[] {
  if (app !== null) {
    const found = findApp(context, app);
    return hostsOf(context, found, hosts).map(host => ({ host, apps: [found] }));
  }
  const apps = Object.values(context.config.apps);
  const wanted = hosts.length > 0 ? hosts : apps.flatMap(each => each.hosts);
  return [...new Set(wanted)].map(id => {
    const host = findHost(context, id);
    const there = apps.filter(each => each.hosts.includes(id));
    if (there.length > 0) return { host, apps: there };
    throw new OpsError('host-not-of-app', 'usage', `no app of ops.yaml is deployed to ${JSON.stringify(id)}`);
  });
}
