import type { ExitName } from '../errors.ts';
import { CHECKS } from './checks/index.ts';
import type { CheckResult, Finding, Verdict } from './result.ts';
import type { HostReport, PreflightMode } from './types.ts';

const WORST_FIRST: readonly Verdict[] = ['fail', 'unknown', 'warn', 'pass'];

export function worst(results: readonly CheckResult[]): Verdict {
  return WORST_FIRST.find(verdict => results.some(result => result.verdict === verdict)) ?? 'skip';
}

/** A host that nobody is logged in to, or that keeps the app to itself, is never ready, whatever the mode forgives. */
export function isReady(results: readonly CheckResult[], mode: PreflightMode, open: boolean): boolean {
  return open && !results.some(result => stops(result, mode));
}

/** Whether it does is for the mode to say. */
export function canStop({ verdict }: Pick<Finding, 'verdict'>): boolean {
  return verdict === 'fail' || verdict === 'unknown';
}

/** `auto` only forgives what is unknown, never what failed. */
function stops(result: CheckResult, mode: PreflightMode): boolean {
  return result.verdict === 'fail' || (result.verdict === 'unknown' && mode !== 'auto');
}

const WHO = new Set(CHECKS.filter(check => check.always && check.id !== 'lock').map(check => check.id));

/** For commands that forgive everything else: is it settled that each host is the pinned one? What was not asked settles nothing. */
export function areThemselves(results: readonly CheckResult[]): boolean {
  return results.every(({ id, verdict }) => !WHO.has(id) || verdict === 'pass' || verdict === 'warn');
}

/** The earliest stage that stopped anything, over all hosts; among equals the first host speaks. */
export function exitOf(reports: readonly HostReport[], mode: PreflightMode): ExitName {
  const waiting = reports.filter(report => !report.ready);
  if (waiting.length === 0) return 'ok';
  const bad = waiting.flatMap(report => report.results).filter(canStop);
  const stopping = bad.some(result => stops(result, mode)) ? bad.filter(result => stops(result, mode)) : bad;
  const stage = (result: CheckResult) => CHECKS.findIndex(check => check.id === result.id);
  const earliest = [...stopping].sort((a, b) => stage(a) - stage(b))[0];
  return earliest?.exit ?? 'unknown';
}
