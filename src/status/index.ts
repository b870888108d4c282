import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { type ExitName, OpsError } from '../errors.ts';
import { currentRelease, provenBefore } from '../host/facts/releases.ts';
import { areUp, servingUnits } from '../host/facts/services.ts';
import type { AppFacts, ReleaseFacts, RunFacts, UnitFacts } from '../host/facts/types.ts';
import { findApp, findHost, hostsOf, runPreflight } from '../preflight/index.ts';
import type { HostReport } from '../preflight/types.ts';
import { canStop } from '../preflight/verdict.ts';

/** One app on one host, as the host itself says it is right now. */
export interface AppStatus {
  app: string;
  host: string;
  /** Why the host could not be read; then nothing else is known. */
  problem: { code: string; message: string; remedies: readonly string[]; exit: ExitName } | null;
  current: { release: string; state: ReleaseFacts['state'] | 'unknown'; broken: boolean } | null;
  previous: string | null;
  releases: readonly ReleaseFacts[];
  units: readonly UnitFacts[];
  /** Why systemd did not tell of the units; null = it did. */
  unitsUnread: string | null;
  /** A run that is alive. */
  running: RunFacts | null;
  /** A run that ended without a record: it was cut off. */
  interrupted: RunFacts | null;
  /** The last run that said how it ended. */
  last: RunFacts | null;
  /** Uploads that never became a release. */
  uploads: readonly RunFacts[];
  healthy: boolean;
}

/** Reads; asks no gate. A host that cannot be read is a row that says why. */
export async function readStatus(
  context: Context,
  request: { app: string | null; hosts: readonly string[] },
): Promise<AppStatus[]> {
  const rows = await Promise.all(placesOf(context, request).map(({ app, hosts }) => readApp(context, app, hosts)));
  return rows.flat();
}

/** Without an app: every app, as far as it is on the hosts that were asked for. */
function placesOf(context: Context, { app, hosts }: { app: string | null; hosts: readonly string[] }) {
  if (app !== null) return [{ app: findApp(context, app), hosts: hostsOf(context, findApp(context, app), hosts) }];
  const apps = Object.values(context.config.apps);
  const idle = hosts.map(id => findHost(context, id)).find(host => !apps.some(each => each.hosts.includes(host.id)));
  if (idle) throw new OpsError('host-not-of-app', 'usage', `no app of ops.yaml is deployed to ${JSON.stringify(idle.id)}`);
  return apps
    .filter(each => hosts.length === 0 || hosts.some(id => each.hosts.includes(id)))
    .map(each => ({
      app: each,
      hosts: hostsOf(
        context,
        each,
        hosts.filter(id => each.hosts.includes(id)),
      ),
    }));
}

async function readApp(context: Context, app: AppConfig, hosts: readonly HostConfig[]): Promise<AppStatus[]> {
  // `*`: the manifest of current is of no interest here, so the host need not send it.
  const asked = await runPreflight(context, hosts, app, { adopt: true, knownManifests: ['*'] });
  await asked.close();
  return hosts.map(host => {
    const facts = asked.sessions.get(host.id)?.facts.app ?? null;
    return facts === null || facts.target.kind === 'moved'
      ? unread(app, host, asked.reports.find(report => report.host.id === host.id)!)
      : statusOf(app, host, facts);
  });
}

function statusOf(app: AppConfig, host: HostConfig, facts: AppFacts): AppStatus {
  const release = currentRelease(facts);
  const { lastRun } = facts;
  const interrupted = lastRun !== null && !lastRun.alive && lastRun.record === null ? lastRun : null;
  const serving = servingUnits(app, facts);
  const current = facts.current
    ? {
        release: facts.current.release ?? facts.current.link,
        state: release?.state ?? ('unknown' as const),
        broken: facts.current.broken,
      }
    : null;
  return {
    app: app.id,
    host: host.id,
    problem: null,
    current,
    previous: provenBefore(facts, release)?.id ?? null,
    releases: [...facts.releases].sort((a, b) => b.seq - a.seq),
    units: facts.units.filter(({ unit }) => serving.includes(unit)),
    unitsUnread: facts.unitsUnread,
    running: facts.lock,
    interrupted,
    last: lastRun?.record ? lastRun : null,
    uploads: facts.uploads,
    healthy: current?.state === 'proven' && !current.broken && interrupted === null && areUp(serving, facts),
  };
}

function unread(app: AppConfig, host: HostConfig, report: HostReport): AppStatus {
  const finding = report.results.find(canStop);
  return {
    app: app.id,
    host: host.id,
    problem: {
      code: finding?.code ?? 'outcome-unknown',
      message: finding?.message ?? 'the host did not answer',
      remedies: finding?.remedies ?? [],
      exit: finding?.exit ?? 'unknown',
    },
    current: null,
    previous: null,
    releases: [],
    units: [],
    unitsUnread: null,
    running: null,
    interrupted: null,
    last: null,
    uploads: [],
    healthy: false,
  };
}

/** A host that cannot be read gives its stage's code. */
export function exitOfReading(rows: readonly AppStatus[]): ExitName {
  return rows.find(row => row.problem !== null)?.problem?.exit ?? 'ok';
}

/** 0 when every app is served by a proven release with its units up. */
export function exitOfStatus(rows: readonly AppStatus[]): ExitName {
  const reading = exitOfReading(rows);
  return reading !== 'ok' || rows.every(row => row.healthy) ? reading : 'failed';
}
