import type { AppConfig, HostConfig } from '../config/types.ts';
import { type ExitName, OpsError } from '../errors.ts';
import { apps, factsMissing } from '../host/facts/apps.ts';
import { driftOf } from '../host/facts/drift.ts';
import { currentRelease, isSettled, isStillSettled, leftNotServing, settledBefore } from '../host/facts/releases.ts';
import { areUp, servingUnits } from '../host/facts/services.ts';
import type { AppFacts, ReleaseFacts, RunFacts, UnitFacts } from '../host/facts/types.ts';
import { moved } from '../preflight/checks/target.ts';
import { findingOf, unknown } from '../preflight/finding.ts';
import type { Finding } from '../preflight/result.ts';
import { canStop } from '../preflight/verdict.ts';
import type { Looked, SeenPlace, StatusPart } from '../run/status-part.ts';

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
  /** A state is what runs left: it says nothing of whether the app answers now. */
  probes: 'none' | 'asked' | 'not asked';
  /** In words, what is not as the release that serves left it. */
  drift: readonly string[];
  /** Uploads that never became a release. */
  uploads: readonly RunFacts[];
  healthy: boolean;
}

/** Where each app stands, in the order of ops.yaml. */
export const appsStatus: StatusPart<AppStatus> = {
  // The manifest of current is of no interest here, so the host need not send it.
  sections: place => [apps.ask({ apps: place.apps, knownManifests: ['*'] })],
  rows: (places, config) =>
    Object.values(config.apps).flatMap(app =>
      app.hosts
        .flatMap(id => places.filter(({ host, apps: asked }) => host.id === id && asked.includes(app)))
        .map(place => rowOf(app, place)),
    ),
  exit: rows => {
    const reading = exitOfReading(rows);
    return reading !== 'ok' || rows.every(row => row.healthy) ? reading : 'failed';
  },
};

function rowOf(app: AppConfig, { host, facts, report, evidence }: SeenPlace): AppStatus {
  const found = facts && apps.of(facts)?.get(app.id);
  if (found instanceof OpsError) return unread(app, host, findingOf(found));
  if (!found) {
    const silent = facts ? findingOf(factsMissing(app, host.id)) : unknown('outcome-unknown', 'the host did not answer');
    // Without a login or privilege a host says nothing of its apps, and why is told by a check.
    return unread(app, host, report.results.find(canStop) ?? silent);
  }
  return found.target.kind === 'moved'
    ? unread(app, host, moved(app, host, found.target.from))
    : statusOf(app, host, found, evidence);
}

function statusOf(app: AppConfig, host: HostConfig, facts: AppFacts, evidence: readonly Looked[]): AppStatus {
  const release = currentRelease(facts);
  const { lastRun } = facts;
  const interrupted = lastRun !== null && !lastRun.alive && lastRun.record === null ? lastRun : null;
  const serving = servingUnits(app, facts);
  // Until a run has ended, what it changes is between two releases.
  const drift = facts.lock !== null || interrupted !== null ? [] : driftOf(facts);
  const current = facts.current
    ? {
        release: facts.current.release ?? facts.current.link,
        state: release === null || (isSettled(release) && leftNotServing(facts)) ? ('unknown' as const) : release.state,
        broken: facts.current.broken,
      }
    : null;
  return {
    app: app.id,
    host: host.id,
    problem: null,
    current,
    previous: settledBefore(facts, release)?.id ?? null,
    releases: [...facts.releases].sort((a, b) => b.seq - a.seq),
    units: facts.units.filter(({ unit }) => serving.includes(unit)),
    unitsUnread: facts.unitsUnread,
    running: facts.lock,
    interrupted,
    last: lastRun?.record ? lastRun : null,
    probes: askedOf(app, release, evidence),
    drift,
    uploads: facts.uploads,
    healthy: isStillSettled(facts) && drift.length === 0 && interrupted === null && areUp(serving, facts),
  };
}

function askedOf(app: AppConfig, release: ReleaseFacts | null, evidence: readonly Looked[]): AppStatus['probes'] {
  if (release === null || release.probes.length === 0) return 'none';
  return evidence.some(each => each.app === app.id && each.claim.startsWith('probe')) ? 'asked' : 'not asked';
}

function unread(app: AppConfig, host: HostConfig, { code, message, remedies = [], exit = 'unknown' }: Finding): AppStatus {
  return {
    app: app.id,
    host: host.id,
    problem: { code, message, remedies, exit },
    current: null,
    previous: null,
    releases: [],
    units: [],
    unitsUnread: null,
    running: null,
    interrupted: null,
    last: null,
    probes: 'none',
    drift: [],
    uploads: [],
    healthy: false,
  };
}

/** A host that cannot be read gives its stage's code. */
export function exitOfReading(rows: readonly AppStatus[]): ExitName {
  return rows.find(row => row.problem !== null)?.problem?.exit ?? 'ok';
}
