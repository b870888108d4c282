import { formatAgo } from '../format.ts';
import type { RunFacts, UnitFacts } from '../host/facts/types.ts';
import { formatPhase } from '../host/protocol.ts';
import type { Looked } from '../run/status-part.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { AppStatus, HostStatus } from '../status/index.ts';
import { formatTable } from './table.ts';

export function renderStatus(rows: readonly AppStatus[], now: number): string[] {
  const app = Math.max(...rows.map(row => row.app.length), 3);
  const host = Math.max(...rows.map(row => row.host.length), 3);
  const indent = ' '.repeat(app + host + 4);
  return rows.flatMap(row => {
    const [first = '', ...more] = linesOf(row, now);
    return [`${row.app.padEnd(app)}  ${row.host.padEnd(host)}  ${first}`, ...more.map(line => indent + line)].map(line =>
      sanitizeLine(line),
    );
  });
}

/** Runs of hosts themselves that are not over. */
export function renderHostRuns(rows: readonly HostStatus[], now: number): string[] {
  const width = Math.max(...rows.map(row => row.host.length), 3);
  return rows.flatMap(({ host, unread, ...row }) =>
    [...(unread === null ? [] : [`runs of the host unknown: ${unread}`]), ...pendingLines(row, now)].map(line =>
      sanitizeLine(`${host.padEnd(width)}  ${line}`),
    ),
  );
}

function linesOf(row: AppStatus, now: number): string[] {
  if (row.problem) return [`unknown: ${row.problem.message}`, ...row.problem.remedies.map(remedy => `→ ${remedy}`)];
  return [
    currentLine(row),
    ...(row.unitsUnread === null ? [] : [`units unknown: ${row.unitsUnread}`]),
    ...row.units.map(unit => unitLine(unit, now)),
    ...row.drift.map(what => `DRIFT: ${what}`),
    ...pendingLines(row, now),
    ...row.uploads.map(run => `upload ${run.run} by ${run.by} begun ${formatAgo(run.since, now)} did not end: nothing reads it`),
    ...(row.last ? lastLines(row.last, now) : []),
  ];
}

function currentLine(row: AppStatus): string {
  if (!row.current) return 'nothing deployed';
  const before = row.previous ? `, before it ${row.previous}` : '';
  const probes = row.probes === 'not asked' ? ' · probes not asked' : '';
  return `current ${row.current.release} (${stateWords(row, row.current)})${before}${probes}`;
}

function stateWords({ releases }: AppStatus, { release, state, broken }: NonNullable<AppStatus['current']>): string {
  if (broken) return 'BROKEN: it does not resolve';
  if (state !== 'unknown') return state;
  return releases.some(({ id }) => id === release) ? 'unproved: the last run left it not serving' : 'no release of ops';
}

export function renderLooked(evidence: readonly Looked[]): string[] {
  return evidence.map(({ app, host, ok, claim, subject, observed, vantage }) => {
    const word = ok === null ? 'UNKNOWN' : ok ? 'ok' : 'FAILED';
    return sanitizeLine(`${app}  ${host}  ${claim} ${subject} ${word}: ${observed} (seen from ${vantage})`);
  });
}

function unitLine(unit: UnitFacts, now: number): string {
  if (unit.load === 'not-found' && unit.active !== 'active') return `${unit.unit} is not on this host`;
  const lost = unit.load === 'not-found' ? ', and its unit file is gone' : '';
  const disabled = unit.enabled === 'disabled' ? ', not enabled at boot' : '';
  const since = unit.since ? ` since ${formatAgo(unit.since, now)}` : '';
  const restarts = unit.restarts > 0 ? `, restarted ${unit.restarts} times` : '';
  const result = unit.active === 'active' || unit.result === 'success' ? '' : `, result ${unit.result}`;
  return `${unit.unit} ${unit.active} (${unit.sub})${since}${restarts}${result}${lost}${disabled}`;
}

function titleOf({ mode, run, by }: RunFacts): string {
  return `${mode === 'back' ? 'way back' : mode} ${run} by ${by}`;
}

function pendingLines({ running, interrupted }: Pick<HostStatus, 'running' | 'interrupted'>, now: number): string[] {
  return [...(running ? [runLine(running, now)] : []), ...(interrupted ? [interruptedLine(interrupted, now)] : [])];
}

function runLine(run: RunFacts, now: number): string {
  return `${titleOf(run)} is RUNNING: ${formatPhase(run.phase)}, begun ${formatAgo(run.since, now)}      → ops resume ${run.run}`;
}

function interruptedLine(run: RunFacts, now: number): string {
  return `${titleOf(run)}, begun ${formatAgo(run.since, now)}, was INTERRUPTED: ${formatPhase(run.phase)}      → ops resume ${run.run}`;
}

/** What the result of a run means where releases are. */
const RESULTS: ReadonlyMap<string, string> = new Map([
  ['done', 'deployed'],
  ['reverted', 'rolled-back'],
  ['stuck', 'not-serving'],
]);

/** Success is the state itself; a run that ended otherwise is told. */
function lastLines(run: RunFacts, now: number): string[] {
  const result = run.record?.outcome?.[0] ?? 'unknown';
  const said = run.mode === 'prune' && result === 'done' ? 'pruned' : (RESULTS.get(result) ?? result);
  const line = `last ${titleOf(run)}, ${formatAgo(run.since, now)}: ${said}`;
  const reason = run.record?.reason?.[0];
  return result === 'done' || !reason ? [line] : [line, `  ${reason}`];
}

export function renderReleases(rows: readonly AppStatus[], now: number): string[] {
  const body = rows.flatMap(row =>
    row.problem
      ? [[row.host, '-', `unknown: ${sanitizeLine(row.problem.message)}`]]
      : row.releases.map(release => [
          row.host,
          release.id,
          [
            release.id === row.current?.release ? 'current' : '',
            release.state,
            release.adopted ? 'adopted' : '',
            release.present ? '' : 'not on disk',
            release.holdsEnv ? 'keeps its env' : '',
          ]
            .filter(word => word !== '')
            .join(', '),
          formatAgo(release.created, now),
          release.commit?.slice(0, 7) ?? '-',
          sanitizeLine(release.by),
        ]),
  );
  if (body.length === 0) return ['no releases yet'];
  return formatTable([['HOST', 'RELEASE', 'STATE', 'CREATED', 'COMMIT', 'BY'], ...body]);
}
