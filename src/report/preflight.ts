import { EXIT_CODES } from '../errors.ts';
import { formatMs, plural } from '../format.ts';
import type { CheckResult } from '../preflight/result.ts';
import type { HostReport, Preflight } from '../preflight/types.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Theme } from './theme.ts';

/** Checks that say something even when all is well; the other ones show with --verbose. */
const ALWAYS_SHOWN = new Set(['tailnet', 'peer', 'ssh', 'privilege']);

export function renderPreflight(preflight: Preflight, theme: Theme, verbose: boolean): string[] {
  return [...preflight.reports.flatMap(report => renderHost(report, theme, verbose)), renderSummary(preflight)];
}

/** Only what a person must act on, for commands that are about something else. */
export function renderFindings(preflight: Preflight, theme: Theme): string[] {
  return preflight.reports.flatMap(report => {
    const findings = report.results.filter(result => result.verdict !== 'pass' && result.verdict !== 'skip');
    return findings.length === 0
      ? []
      : [headerOf(report), ...renderResults(findings, theme), ...skipLines(report.results, theme)];
  });
}

function renderHost(report: HostReport, theme: Theme, verbose: boolean): string[] {
  const shown = report.results.filter(
    result => result.verdict !== 'skip' && (verbose || result.verdict !== 'pass' || ALWAYS_SHOWN.has(result.id)),
  );
  const hidden = report.results.filter(result => result.verdict === 'pass' && !shown.includes(result)).length;
  return [
    headerOf(report),
    ...renderResults(shown, theme),
    ...skipLines(report.results, theme),
    ...(hidden > 0 ? [`  … ${hidden} more ok (--verbose shows them)`] : []),
  ];
}

function headerOf(report: HostReport): string {
  const { host, path } = report;
  const way = path ? `${path.kind}${path.kind === 'direct' ? '' : ` (${path.via})`} ${Math.round(path.latencyMs)} ms` : null;
  const login = host.local ? 'this machine' : `${host.user}@ with ${host.auth === 'keys' ? 'keys' : 'Tailscale SSH'}`;
  return [
    host.id,
    report.fqdn,
    report.via ? `via ${report.via} (break-glass)` : report.address,
    way,
    `${login}${host.privilege === 'root' || host.privilege === 'none' ? '' : `, ${host.privilege}`}`,
  ]
    .filter(part => part !== null)
    .join(' · ');
}

function renderResults(results: readonly CheckResult[], theme: Theme): string[] {
  const width = Math.max(10, ...results.map(result => result.id.length));
  const indent = ' '.repeat(2 + 6 + 1 + width + 2);
  return results.flatMap(result => {
    const [first = '', ...more] = result.message.split('\n').map(sanitizeLine);
    const remedies = result.remedies ?? [];
    return [
      `  ${theme.verdict(result.verdict)} ${result.id.padEnd(width)}  ${first}`,
      ...more.map(line => indent + line),
      ...(remedies.length > 0 ? [indent + remedies.map(remedy => `→ ${sanitizeLine(remedy)}`).join('   ')] : []),
    ];
  });
}

/** A line for each reason. */
function skipLines(results: readonly CheckResult[], theme: Theme): string[] {
  const skipped = results.filter(result => result.verdict === 'skip');
  return [...new Set(skipped.map(result => result.message))].map(reason => {
    const ids = skipped.filter(result => result.message === reason).map(result => result.id);
    const more = ids.length > 3 ? `, … (${ids.length})` : '';
    return `  ${theme.verdict('skip')} ${ids.slice(0, 3).join(', ')}${more}: ${sanitizeLine(reason)}`;
  });
}

/** One line: how many checks on how many hosts, or who is not ready and the exit code. */
export function renderSummary(preflight: Preflight): string {
  const bad = preflight.reports.filter(report => !report.ready);
  if (bad.length > 0) {
    const names = bad.map(report => `${report.host.id} (${firstCode(report)})`).join(', ');
    const of = `${bad.length} of ${plural(preflight.reports.length, 'host')}`;
    return `${of} not ready: ${names} · exit ${EXIT_CODES[preflight.exit].code}`;
  }
  const asked = preflight.results.filter(result => result.verdict !== 'skip');
  const perHost = new Set(preflight.results.map(result => result.id)).size;
  const count = (verdict: string) => asked.filter(result => result.verdict === verdict).length;
  const parts = [`${count('pass')} ok`];
  if (count('warn') > 0) parts.push(plural(count('warn'), 'warning'));
  if (count('unknown') > 0) parts.push(`${count('unknown')} unknown`);
  const vantages = [...new Set(asked.map(result => result.vantage))].join(' and ');
  return `${perHost} checks on ${plural(preflight.reports.length, 'host')}: ${parts.join(', ')} · seen from ${vantages} · ${formatMs(preflight.durationMs)}`;
}

function firstCode(report: HostReport): string {
  return report.results.find(result => result.verdict === 'fail' || result.verdict === 'unknown')?.code ?? 'not ready';
}
