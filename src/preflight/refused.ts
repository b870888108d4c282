import { OpsError } from '../errors.ts';
import type { Preflight } from './types.ts';
import { canStop } from './verdict.ts';

/** Nothing was changed, because preflight said no. Carries the findings for whoever renders them. */
export class PreflightRefused extends OpsError {
  readonly preflight: Preflight;

  constructor(preflight: Preflight) {
    const closed = preflight.reports.filter(report => !report.ready);
    // The mode may forgive what a command does not: then the hosts that left something open are those that stop it.
    const bad = closed.length > 0 ? closed : preflight.reports.filter(canStop);
    const findings = bad.flatMap(report => report.results.filter(canStop));
    super(
      findings[0]?.code ?? 'not-ready',
      preflight.exit === 'ok' ? (findings[0]?.exit ?? 'unknown') : preflight.exit,
      `nothing was changed: ${bad.map(report => report.host.id).join(', ')} not ready`,
      {
        hint: [...new Set(findings.flatMap(finding => finding.remedies ?? []))],
        details: { purpose: preflight.purpose, hosts: bad.map(report => ({ host: report.host.id, results: report.results })) },
      },
    );
    this.preflight = preflight;
  }
}
