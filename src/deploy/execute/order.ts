import { hash } from 'node:crypto';
import type { AppConfig, HostConfig, ProbeConfig, ResolvedEnv } from '../../config/types.ts';
import type { Blobs, Params } from '../../host/compose.ts';
import type { HostFacts, Who } from '../../host/facts/types.ts';
import { unitParams } from '../../host/unit-params.ts';
import { encodeWord } from '../../host/words.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import { envFilePath, environmentDropIn, environmentFile, generatedUnit, hasEnv } from '../release/units.ts';
import type { Difference } from '../source/manifest.ts';

/** Unit files, drop-ins and the env file that one host will have for an app. */
export interface Installed {
  /** Unit name → text. */
  units: Readonly<Record<string, string>>;
  dropins: Readonly<Record<string, string>>;
  /** null = the app has no environment. */
  env: string | null;
}

/** `shipped` holds the texts of unit files that come with the source, by unit. */
export function wantedFiles(app: AppConfig, host: HostConfig, env: ResolvedEnv, shipped: ReadonlyMap<string, string>): Installed {
  const units: Record<string, string> = {};
  const dropins: Record<string, string> = {};
  for (const service of app.services) {
    if (service.kind === 'run') units[service.unit] = generatedUnit(app, service, host.privilege);
    else {
      if (service.kind === 'file') units[service.unit] = withNewline(shipped.get(service.unit) ?? '');
      if (hasEnv(app)) dropins[service.unit] = environmentDropIn(app, host.privilege);
    }
  }
  return { units, dropins, env: hasEnv(app) ? environmentFile(env) : null };
}

/** Path on the host → text. */
export function filesInstalled(wanted: Installed, app: AppConfig, host: HostConfig, facts: HostFacts): Map<string, string> {
  const folder = host.privilege === 'none' ? `${facts.login.home}/.config/systemd/user` : '/etc/systemd/system';
  const files = new Map<string, string>();
  for (const [unit, text] of Object.entries(wanted.units)) files.set(`${folder}/${unit}`, text);
  for (const [unit, text] of Object.entries(wanted.dropins)) files.set(`${folder}/${unit}.d/50-ops-${app.id}.conf`, text);
  if (wanted.env !== null) files.set(envFilePath(app, host.privilege).replace('%h', facts.login.home), wanted.env);
  return files;
}

/** The same digest that the host computes over what is installed: names and contents, sorted by name. */
export function digestInstalled(files: ReadonlyMap<string, string>): string {
  if (files.size === 0) return '-';
  const lines = [...files.keys()].sort().map(path => `${hash('sha256', files.get(path)!)}  ${path}\n`);
  return hash('sha256', lines.join(''));
}

export function stageCall(
  plan: HostPlan,
  run: Plan,
  app: AppConfig,
  host: HostConfig,
  who: Who,
  digest: string,
  difference: Difference,
) {
  const params: Params = {
    ...common(run, app, host, who),
    mode: run.command,
    release: plan.release,
    base: plan.base ?? '',
    digest,
    shared: app.shared,
  };
  const blobs: Blobs = { add: text(difference.add), drop: text(difference.drop) };
  return { params, blobs };
}

/** What the transaction is told. A rollback sends no files: the host kept those of the release. */
export function startCall(call: StartCall) {
  const { plan, run, app, host, who, mode } = call;
  const params = {
    ...common(run, app, host, who),
    mode,
    release: plan.release,
    max_s: String(Math.ceil(transactionLimitMs(app) / 1000)),
  };
  const data: Params = {
    ...common(run, app, host, who),
    mode,
    release: plan.release,
    digest: call.digest ?? '',
    fence_current: plan.fence.current,
    fence_units: plan.fence.units,
    ...unitParams(app),
    keep: String(app.keep),
    ...(call.back && wayBack(call.back)),
  };
  const blobs: Record<string, string> = { spec: releaseSpec(app, plan.fqdn), meta: call.meta ?? '' };
  for (const [unit, content] of Object.entries(call.wanted?.units ?? {})) blobs[`unit.${unit}`] = content;
  for (const [unit, content] of Object.entries(call.wanted?.dropins ?? {})) blobs[`dropin.${unit}`] = content;
  if (call.wanted?.env != null) blobs.env = call.wanted.env;
  return { params, data, blobs };
}

function wayBack({ to, left, code, why }: NonNullable<StartCall['back']>): Params {
  return { back: to ?? '', left, code, why: why.toWellFormed().replace(/[\s\p{Cc}]+/gu, ' ') };
}

export interface StartCall {
  plan: HostPlan;
  run: Plan;
  app: AppConfig;
  host: HostConfig;
  who: Who;
  mode: 'deploy' | 'rollback' | 'back' | 'resume' | 'prune';
  /** With `back` only: to which release, null = none there is; what the one it leaves becomes; and why. */
  back?: { to: string | null; left: 'proven' | 'failed' | 'left'; code: string; why: string };
  /** These three come with a new release only. */
  digest?: string;
  meta?: string;
  wanted?: Installed;
}

/** What the host remembers of a release besides its tree: who sent it, from which commit. */
export function releaseMeta(run: Plan, plan: HostPlan, who: Who, created: string): string {
  const commit = run.release?.commit;
  const fields = {
    id: plan.release,
    digest: run.release?.digest ?? '',
    created,
    commit: commit ? `${commit.id}${commit.dirty ? ' (dirty tree)' : ''}` : '',
    run: run.run,
    by: describeWho(who),
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** How a release runs and what proves it: kept with it on the host, so that going back needs nothing from here. */
export function releaseSpec(app: AppConfig, fqdn: string): string {
  const lines = [
    `user ${app.user}`,
    `stable_ms ${app.stableMs ?? 'auto'}`,
    `start_ms ${app.startMs}`,
    ...app.services.map(service => `service ${service.kind} ${service.unit}`),
    ...(isAskedFromHere(app) ? ['awaits operator'] : []),
    ...app.checks.map(words => `check ${words.map(encodeWord).join(' ')}`),
    ...app.probes.filter(probe => probe.from === 'host').map(probe => probeLine(probe, fqdn)),
  ];
  return text(lines);
}

/** Then a host calls a release proven only when it is told that it answered here. */
export function isAskedFromHere(app: AppConfig): boolean {
  return app.probes.some(probe => probe.from === 'operator');
}

/** Longest that a transaction may take: starts, stability and probes, there and back. */
export function transactionLimitMs(app: AppConfig): number {
  const probes = app.probes.reduce((sum, probe) => sum + probe.attempts * (probe.intervalMs + probe.timeoutMs), 0);
  const window = app.stableMs ?? 60_000;
  return 2 * (app.startMs * Math.max(1, app.services.length) + window + probes) + 10 * 60_000;
}

function common(run: Plan, app: AppConfig, host: HostConfig, who: Who): Params {
  return { run: run.run, app: app.id, path: app.path, user: app.user, privilege: host.privilege, by: describeWho(who) };
}

export function describeWho(who: Who): string {
  switch (who.kind) {
    case 'user':
      return `${who.login} (${who.node})`;
    case 'tagged':
      return `${who.node} (${who.tags.join(', ')})`;
    case 'unproved':
      return `unproved (${who.why})`;
  }
}

function probeLine(probe: ProbeConfig, fqdn: string): string {
  const target = probe.target.replaceAll('{host}', fqdn);
  const status = probe.status.join(',') || '-';
  const words = [probe.id, probe.kind, encodeWord(target), status, encodeWord(probe.contains ?? '')];
  return ['probe', ...words, probe.attempts, probe.intervalMs, probe.timeoutMs].join(' ');
}

function text(lines: readonly string[]): string {
  return [...lines, ''].join('\n');
}

function withNewline(content: string): string {
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}
