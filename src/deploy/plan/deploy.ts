import { posix } from 'node:path';
import type { AppConfig } from '../../config/types.ts';
import { plural } from '../../format.ts';
import { commitOf, currentRelease, isSettled, newest, wayBack } from '../../host/facts/releases.ts';
import type { AppFacts, ReleaseFacts } from '../../host/facts/types.ts';
import type { FolderToTake } from '../../host/facts/unsafe.ts';
import type { Installed } from '../release/installed.ts';
import { specOf } from '../release/spec.ts';
import type { Difference } from '../source/manifest.ts';
import type { Source } from '../source/source.ts';
import type { DeployHostPlan, DeployPlan, DeployStep, ReleaseSummary } from '../steps.ts';
import {
  checkSteps,
  type PlanInput,
  type PlannedHost,
  planAsItIs,
  planOf,
  removeSteps,
  restartStep,
  retainStep,
  stableStep,
  swapStep,
} from './base.ts';
import { changesOf, unwantedOf, type Wanted } from './changes.ts';
import { probeSteps } from './probes.ts';
import { beyond } from './retention.ts';

/** All that a plan depends on: facts read from the hosts, the source, and what was asked for. */
export interface DeployFacts extends PlanInput {
  /** ISO time in UTC, for the release id. */
  now: string;
  source: Pick<ReleaseSummary, 'digest' | 'files' | 'bytes' | 'commit'>;
  tree: Pick<Source, 'privateFiles' | 'secretFiles' | 'hidden'>;
  /** Variables of the app whose value nobody seems to have filled in. */
  placeholders: readonly string[];
  /** What of the app runs as root where there is privilege. */
  asRoot: readonly string[];
  hosts: readonly HostDeployFacts[];
}

export interface HostDeployFacts extends PlannedHost {
  /** Release the new tree is built from, and what differs from it. */
  base: string | null;
  difference: Pick<Difference, 'upload'>;
  uploadBytes: number;
  /** What the release shows of the app's shared/. */
  shared: Source['shared'];
  /** Units, drop-ins and environment that the host will have, without their contents. */
  files: Installed;
  wanted: Pick<Wanted, 'files' | 'variables' | 'modes'>;
  /** Link target of a running installation to take over; null = nothing to adopt. */
  adopt: string | null;
  /** Folders of it that have to change hands. */
  take: readonly FolderToTake[];
}

/** Name of the release that stands for what ran before ops came. */
const ADOPTED = 'adopted';

/** Where a running installation lies: what `current` points to, else the app's path itself. null = nothing to take over. */
export function adoptableLink(facts: AppFacts): string | null {
  if (facts.target.kind !== 'foreign') return null;
  return facts.current?.link ?? facts.path;
}

export function planDeploy(input: DeployFacts): DeployPlan {
  const { app, source, hosts, now } = input;
  const taken = new Set(hosts.flatMap(({ facts }) => [...facts.releases.map(release => release.id), ...facts.strays]));
  const release = { id: releaseId(now, source.digest, taken), created: now, ...source };
  return {
    ...planOf(
      'deploy',
      input,
      hosts.map(host => planHost(host, app, release)),
    ),
    release,
    warnings: warningsOf(input),
  };
}

function warningsOf(input: DeployFacts): string[] {
  const { app, source, tree, placeholders } = input;
  const hosts = input.hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1));
  const failed = hosts.flatMap(({ host, facts }) => {
    const same = facts.releases.filter(release => release.digest === source.digest);
    const before = same.some(isSettled) ? null : newest(same.filter(({ state }) => state === 'failed'));
    return before ? [`this very content failed on ${host} before, as ${before.id}`] : [];
  });
  return [
    ...notCommitted(app, source),
    ...openedUp(tree.privateFiles),
    ...secretsShown(tree.secretFiles),
    ...leftBehind(app, tree.hidden),
    ...hosts.flatMap(takenOver),
    ...hosts.flatMap(beginningEmpty),
    ...placeholders.map(name => unfilled(app, name)),
    ...withRoot(input),
    ...failed,
  ];
}

function notCommitted({ source: { kind } }: AppConfig, { commit }: DeployFacts['source']): string[] {
  if (!commit?.dirty) return [];
  const then = kind === 'git' ? 'they do not ship' : 'the release may have them';
  return [`the work tree has changes that are not in ${commit.id.slice(0, 7)}: ${then}`];
}

/** A release is readable by every account on its host. */
function openedUp({ count, first }: Source['privateFiles']): string[] {
  if (count === 0) return [];
  const files = count === 1 ? `${first} is` : `${first} and ${plural(count - 1, 'other file')} are`;
  return [`${files} readable by you alone here, and by every account on the host: exclude what is secret, or use env`];
}

const NAMED = 3;

function secretsShown(files: Source['secretFiles']): string[] {
  if (files.length === 0) return [];
  const others = files.length > NAMED ? [plural(files.length - NAMED, 'other file')] : [];
  const named = [...files.slice(0, NAMED), ...others];
  const all = [named.slice(0, -1).join(', '), ...named.slice(-1)].filter(each => each !== '').join(' and ');
  const looks = files.length === 1 ? 'looks like a secret' : 'look like secrets';
  return [`${all} ${looks}, and every account on the host can read a release: add to source.exclude, or use shared or env`];
}

function leftBehind({ path }: AppConfig, hidden: readonly string[]): string[] {
  return hidden.map(each => `${each} of the source does not ship: it is shared, and a release shows ${path}/shared/${each}`);
}

/** It may have written there as long as it was the owner. */
function takenOver({ host, take }: HostDeployFacts): string[] {
  return take.map(
    ({ path, owner }) =>
      `${host}: ${owner} can then make, rename and remove nothing in ${path} itself, from the upload on: name in shared what the app writes`,
  );
}

/** What the app finds empty, though somebody may expect content in it. */
function beginningEmpty({ host, adopt, facts, shared }: HostDeployFacts): string[] {
  return shared.flatMap(({ path, kind }) => {
    const seen = facts.shared.find(each => each.path === path)?.seen;
    const there = `${facts.path}/shared/${path}`;
    if (seen === 'elsewhere' && adopt !== null) {
      const from = posix.resolve(facts.path, adopt, path);
      return [`${host}: ${from} is not taken along: a release shows ${there}, which begins empty unless you copy it there first`];
    }
    return seen === 'there' || kind === 'folder' ? [] : [`${host}: ${there} is not there yet: it begins as an empty file`];
  });
}

/** In a user manager nothing is root. */
function withRoot({ asRoot, hosts }: DeployFacts): string[] {
  if (asRoot.length === 0 || hosts.every(({ privilege }) => privilege === 'none')) return [];
  return [`as root run ${asRoot.join(', ')}`];
}

/** The value itself may be a secret all the same. */
function unfilled({ id, env }: AppConfig, name: string): string {
  const value = env[name];
  const from = typeof value === 'object' ? `, from the environment variable ${value.env},` : '';
  return `apps.${id}.env.${name}${from} looks like a placeholder, not like a value`;
}

function planHost(host: HostDeployFacts, app: AppConfig, release: ReleaseSummary): DeployHostPlan {
  const { facts, privilege, by, fqdn, via } = host;
  const current = currentRelease(facts);
  const asItIs = planAsItIs({ host: host.host, fqdn, via, privilege, by, facts }, app);
  const backTo = host.adopt === null ? (wayBack(facts, current)?.id ?? null) : ADOPTED;
  const spec = current ? specOf({ user: app.user, steps: deploySteps(host, app, asServed(release, current), backTo) }) : '';
  const changes = changesOf(facts, app, { ...host.wanted, digest: release.digest, spec });
  if (changes.length === 0) return { ...asItIs, backTo };
  return { ...asItIs, release: release.id, backTo, changes, steps: deploySteps(host, app, release, backTo) };
}

/** The release that serves, as if it were deployed now: it answers for its own id and commit. */
function asServed(release: ReleaseSummary, current: ReleaseFacts): ReleaseSummary {
  const commit = commitOf(current);
  return { ...release, id: current.id, commit: commit === null ? release.commit : { id: commit, ref: '', dirty: false } };
}

function deploySteps(host: HostDeployFacts, app: AppConfig, release: ReleaseSummary, backTo: string | null): DeployStep[] {
  const { facts, files } = host;
  const after = [...facts.releases, { id: release.id, seq: Number.MAX_SAFE_INTEGER, state: 'proven', adopted: false } as const];
  return [
    ...(host.adopt === null ? [] : [...host.take.map(takeStep), adoptStep(host.adopt)]),
    uploadStep(host, release.bytes),
    ...installSteps(files, backTo),
    ...checkSteps(app),
    swapStep(release.id, backTo),
    ...removeSteps(unwantedOf(facts, host.wanted), backTo),
    ...app.services.map(({ unit, kind }) => restartStep(unit, kind, backTo)),
    stableStep(app.stableMs, app.startMs),
    ...probeSteps(app, host.fqdn, { release: release.id, digest: release.digest, commit: release.commit?.id ?? null }),
    retainStep(app.keep, beyond(after, app.keep, [release.id, currentRelease(facts)?.id ?? null, backTo])),
  ];
}

function takeStep(folder: FolderToTake): DeployStep {
  const undo = `${folder.owner} has it again, mode ${folder.mode}: when it is not adopted after all, and with ops hosts forget`;
  return { kind: 'take', ...folder, undo };
}

function adoptStep(link: string): DeployStep {
  return { kind: 'adopt', link, undo: 'ops hosts forget (the adopted tree itself is never touched)' };
}

function uploadStep({ base, difference, uploadBytes, shared }: HostDeployFacts, ofBytes: number): DeployStep {
  const undo = 'nothing to undo: nobody reads it before the swap';
  return { kind: 'upload', base, shared, files: difference.upload.length, bytes: uploadBytes, ofBytes, undo };
}

function installSteps({ files, variables }: Installed, backTo: string | null): DeployStep[] {
  const undo = backTo ? `as ${backTo} has it` : 'removed';
  return [
    ...files.map(({ file, unit, digest }) => ({ kind: 'install', file, unit, digest, undo }) as const),
    ...(variables === null ? [] : [{ kind: 'environment', variables, undo } as const]),
  ];
}

/** `20261121-0704-3f9a1c`: when, and the start of what. A number follows when a host has that one already. */
function releaseId(now: string, digest: string, taken: ReadonlySet<string>): string {
  const stem = `${now.slice(0, 10).replaceAll('-', '')}-${now.slice(11, 16).replace(':', '')}-${digest.slice(0, 6)}`;
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}
