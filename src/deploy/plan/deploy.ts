import { posix } from 'node:path';
import type { AppConfig } from '../../config/types.ts';
import { plural } from '../../format.ts';
import { currentRelease, newest, wayBack } from '../../host/facts/releases.ts';
import { areUp, unitsOf } from '../../host/facts/services.ts';
import type { AppFacts } from '../../host/facts/types.ts';
import { type HostPlan, PLAN_SCHEMA, type Plan, type ReleaseSummary } from '../../plan/plan.ts';
import type { Step } from '../../plan/step.ts';
import type { Difference } from '../source/manifest.ts';
import type { Source } from '../source/source.ts';
import { type PlanInput, type PlannedHost, probe, restart } from './base.ts';

/** All that a plan depends on: facts read from the hosts, the source, and what was asked for. */
export interface DeployFacts extends PlanInput {
  /** ISO time in UTC, for the release id. */
  now: string;
  source: { digest: string; files: number; bytes: number; commit: ReleaseSummary['commit'] };
  privateFiles: Source['privateFiles'];
  hosts: readonly HostDeployFacts[];
}

export interface HostDeployFacts extends PlannedHost {
  /** Release the new tree is built from, and what differs from it. */
  base: string | null;
  difference: Difference;
  uploadBytes: number;
  /** Digest that the installed units, drop-ins and env file will have. */
  wantedUnits: string;
  /** Files that ops made for the app and that it is not to have any more. */
  unwanted: readonly string[];
  /** Link target of a running installation to take over; null = nothing to adopt. */
  adopt: string | null;
}

/** Name of the release that stands for what ran before ops came. */
export const ADOPTED = 'adopted';

/** Where a running installation lies: what `current` points to, else the app's path itself. null = nothing to take over. */
export function adoptableLink(facts: AppFacts): string | null {
  if (facts.target.kind !== 'foreign') return null;
  return facts.current?.link ?? facts.path;
}

export function planDeploy(input: DeployFacts): Plan {
  const { app, source } = input;
  const hosts = [...input.hosts].sort((a, b) => (a.host < b.host ? -1 : 1));
  const taken = new Set(hosts.flatMap(({ facts }) => [...facts.releases.map(release => release.id), ...facts.strays]));
  const release = releaseId(input.now, source.digest, taken);
  return {
    schema: PLAN_SCHEMA,
    command: 'deploy',
    run: input.run,
    app: app.id,
    tailnet: input.config.tailnet,
    release: { id: release, ...source },
    hosts: hosts.map(host => planHost(host, app, release, source)),
    stable: { ms: app.stableMs },
    warnings: warningsOf(input),
    overrides: input.overrides,
  };
}

function warningsOf({ source, privateFiles, hosts }: DeployFacts): string[] {
  const dirty = source.commit?.dirty
    ? [`the work tree has changes that are not in ${source.commit.id.slice(0, 7)}: they do not ship`]
    : [];
  const failed = hosts.flatMap(({ host, facts }) => {
    const same = facts.releases.filter(release => release.digest === source.digest);
    const before = same.some(({ state }) => state === 'proven') ? null : newest(same.filter(({ state }) => state === 'failed'));
    return before ? [`this very content failed on ${host} before, as ${before.id}`] : [];
  });
  return [...dirty, ...openedUp(privateFiles), ...failed];
}

/** A release is readable by every account on its host. */
function openedUp({ count, first }: DeployFacts['privateFiles']): string[] {
  if (count === 0) return [];
  const files = count === 1 ? `${first} is` : `${first} and ${plural(count - 1, 'other file')} are`;
  return [`${files} readable by you alone here, and by every account on the host: exclude what is secret, or use env`];
}

function planHost(host: HostDeployFacts, app: AppConfig, release: string, source: DeployFacts['source']): HostPlan {
  const { facts } = host;
  const current = currentRelease(facts);
  const backTo = wayBack(facts, current);
  const unchanged =
    current?.state === 'proven' &&
    current.digest === source.digest &&
    facts.unitsDigest === host.wantedUnits &&
    host.unwanted.length === 0 &&
    !facts.current?.broken &&
    areUp(unitsOf(app), facts);
  const common = {
    host: host.host,
    fqdn: host.fqdn,
    via: host.via,
    base: host.base,
    fence: { current: facts.current?.link ?? '-', units: facts.unitsDigest },
    previous: current?.id ?? null,
    backTo: host.adopt === null ? (backTo?.id ?? null) : ADOPTED,
  };
  if (unchanged) return { ...common, release: current.id, steps: [] };
  return { ...common, release, steps: deploySteps(host, app, release, source.bytes) };
}

function deploySteps(host: HostDeployFacts, app: AppConfig, release: string, ofBytes: number): Step[] {
  return [
    ...(host.adopt === null ? [] : [{ kind: 'adopt', link: host.adopt } as const]),
    { kind: 'upload', files: host.difference.upload.length, bytes: host.uploadBytes, ofBytes, base: host.base },
    ...app.checks.map(command => ({ kind: 'check', command }) as const),
    { kind: 'swap', from: host.facts.current?.link ?? null, to: release },
    ...host.unwanted.filter(isUnitFile).map(path => ({ kind: 'remove', unit: posix.basename(path) }) as const),
    ...restart(unitsOf(app)),
    ...probe(app.probes),
    { kind: 'retain', keep: app.keep },
  ];
}

/** Not the env file, nor a drop-in of a unit that stays. */
function isUnitFile(path: string): boolean {
  return path.endsWith('.service');
}

/** `20261121-0704-3f9a1c`: when, and the start of what. A number follows when a host has that one already. */
function releaseId(now: string, digest: string, taken: ReadonlySet<string>): string {
  const stem = `${now.slice(0, 10).replaceAll('-', '')}-${now.slice(11, 16).replace(':', '')}-${digest.slice(0, 6)}`;
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}
