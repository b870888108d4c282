import { OpsError } from '../errors.ts';
import type { Check } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { findingOf } from './finding.ts';
import type { PreflightOptions } from './options.ts';
import type { Purpose } from './purpose.ts';
import type { CheckResult, Finding } from './result.ts';
import type { HostReport } from './types.ts';
import { canStop, isReady, worst } from './verdict.ts';
import type { HostView } from './view.ts';

/** All checks that concern a host, in order of dependence; what they look at starts at once and side by side. */
export async function askHost(view: HostView, options: Pick<PreflightOptions, 'mode'>): Promise<HostReport> {
  const started = performance.now();
  const checks = CHECKS.filter(check => (options.mode !== 'disabled' || check.always) && check.concerns(view));
  void view.facts().catch(() => {});
  // Getting in takes longest: nothing is started before it, and everything else while it connects.
  await view.dialled();
  if (checks.some(check => check.id === 'path')) void view.path().catch(() => {});
  const results: CheckResult[] = [];
  /** Which check has told of an observation that could not be made: the others need that one. */
  const told = new Map<OpsError, string>();
  for (const check of checks) results.push(await ask(check, view, told));
  return {
    host: view.host,
    ...(await header(view)),
    via: view.via,
    verdict: worst(results),
    ready: isReady(results, options.mode, await isOpen(view)),
    results,
    durationMs: performance.now() - started,
  };
}

export async function ask(check: Check, view: HostView, told: Map<OpsError, string>): Promise<CheckResult> {
  const started = performance.now();
  const { id, title, vantage } = check;
  const finish = (found: Finding, needs?: string): CheckResult => ({
    ...(canStop(found) ? { exit: check.exit } : {}),
    ...found,
    ...(needs === undefined ? {} : { needs }),
    id,
    title,
    vantage,
    host: view.host.id,
    durationMs: performance.now() - started,
  });
  try {
    return finish(forgiven(await check.run(view), view.purpose));
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const teller = told.get(error);
    if (teller !== undefined) return finish({ verdict: 'skip', code: 'skipped', message: `need ${teller}` }, teller);
    told.set(error, id);
    return finish(findingOf(error));
  }
}

/** What the purpose does not mind is told all the same. */
function forgiven(found: Finding, { onlyWarns }: Purpose): Finding {
  return canStop(found) && onlyWarns.includes(found.code) ? { ...found, verdict: 'warn' } : found;
}

/** What is known for the header line; what could not be seen stays null. */
async function header(view: HostView): Promise<Pick<HostReport, 'fqdn' | 'address' | 'path'>> {
  if (view.host.local) return { fqdn: null, address: null, path: null };
  const [peer, way, path] = await Promise.all([
    view.via === null ? seen(view.peer()) : null,
    seen(view.wayIn()),
    view.via === null ? seen(view.path()) : null,
  ]);
  return {
    fqdn: way?.fqdn ?? peer?.fqdn ?? null,
    address: way?.address ?? peer?.ips[0] ?? null,
    path: path?.ok ? path.path : null,
  };
}

/** Somebody is logged in, and the host told what the purpose needs. */
async function isOpen(view: HostView): Promise<boolean> {
  const login = await seen(view.login());
  return login !== null && view.purpose.needs(login.facts, view.host) !== null;
}

/** Null for an observation that could not be made: some check has told of it. */
function seen<T>(observation: Promise<T>): Promise<T | null> {
  return observation.catch((error: unknown) => {
    if (error instanceof OpsError) return null;
    throw error;
  });
}
