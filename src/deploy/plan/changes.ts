import type { AppConfig } from '../../config/types.ts';
import { driftOf } from '../../host/facts/drift.ts';
import { isEnvFile } from '../../host/facts/env-file.ts';
import { currentRelease, isSettled, isStillSettled } from '../../host/facts/releases.ts';
import { unitsOf, unitTrouble } from '../../host/facts/services.ts';
import type { AppFacts, KeptFile, KeptFiles, ReleaseFacts } from '../../host/facts/types.ts';
import type { ModeChange } from '../source/manifest.ts';
import type { Change } from '../steps.ts';

type FileChange = Extract<Change, { kind: 'file' }>;

/** What a host is to have, as far as it is compared with what it has. */
export interface Wanted {
  /** Of the manifest. */
  digest: string;
  spec: string;
  /** Files beside the tree, as they will lie there. */
  files: readonly { path: string; digest: string }[];
  variables: readonly { name: string; digest: string }[];
  /** Files of the tree that differ by their mode alone from those of the base. */
  modes: readonly ModeChange[];
}

/** All that is not yet as it will be; nothing = what serves was proven as just this. */
export function changesOf(facts: AppFacts, app: AppConfig, wanted: Wanted): Change[] {
  const current = currentRelease(facts);
  return [
    ...(current?.digest === wanted.digest ? [] : [{ kind: 'content' } as const]),
    ...wanted.modes.map(mode => ({ kind: 'mode', ...mode }) as const),
    ...changedFiles(facts, wanted),
    ...changedVariables(facts, wanted),
    ...(current === null ? [] : changedKeys(facts.current?.spec ?? '', wanted.spec)),
    ...foundIn(facts, app),
  ];
}

/** Of our files beside the tree, when this release is made the one that runs. */
export function changesTo(facts: AppFacts, release: ReleaseFacts): Change[] {
  const kept = keptBy(facts, release);
  const files = changedFiles(facts, kept);
  return [...files, ...(files.some(({ path }) => isEnvFile(path)) ? changedVariables(facts, kept) : [])];
}

/** Of a release that installs nothing the host says nothing. */
export function keptBy({ kept }: AppFacts, release: Pick<ReleaseFacts, 'id'> | null): KeptFiles {
  return kept.get(release?.id ?? '') ?? { files: [], variables: [] };
}

/** How what serves is not as its release left it. */
export function foundIn(facts: AppFacts, app: AppConfig): Change[] {
  const current = currentRelease(facts);
  if (current === null) return [];
  const { id, state } = current;
  const words = isSettled(current) ? `no longer ${state}: the last run left it not serving` : `${state}, not proven`;
  return [
    ...(isStillSettled(facts) || facts.current?.broken ? [] : [`${id} is ${words}`]),
    ...(facts.current?.broken ? [`the tree of ${id} is not there`] : []),
    ...driftOf(facts),
    ...unitsOf(app).flatMap(unit => unitTrouble(unit, facts) ?? []),
  ].map(what => ({ kind: 'drift', what }));
}

/** Files that ops made for the app and that it is not to have any more. */
export function unwantedOf({ created }: AppFacts, { files }: Pick<Wanted, 'files'>): string[] {
  return created.filter(path => files.every(file => file.path !== path));
}

/** A file beside the tree as it is; of a unit that ops.yaml does not have today, as what serves has it. */
export function installedAt(facts: AppFacts, path: string): KeptFile | undefined {
  return [...facts.installed, ...keptBy(facts, currentRelease(facts)).files].find(file => file.path === path);
}

/** Files beside the tree that come, change and go. */
export function changedFiles(facts: AppFacts, wanted: Pick<Wanted, 'files'>): FileChange[] {
  const removed = unwantedOf(facts, wanted).map(path => ({ kind: 'file', path, how: 'removed' }) as const);
  const others = wanted.files.flatMap(({ path, digest }): FileChange[] => {
    const found = installedAt(facts, path);
    if (found === undefined) return [{ kind: 'file', path, how: 'new' }];
    return found.digest === digest ? [] : [{ kind: 'file', path, how: 'changed' }];
  });
  return [...others, ...removed];
}

function changedVariables({ variables: has }: AppFacts, { variables }: Pick<Wanted, 'variables'>): Change[] {
  const change = (name: string, how: 'new' | 'changed' | 'removed') => ({ kind: 'variable', name, how }) as const;
  return [
    ...variables.flatMap(({ name, digest }) => {
      const found = has.find(variable => variable.name === name);
      if (found === undefined) return [change(name, 'new')];
      return found.digest === digest ? [] : [change(name, 'changed')];
    }),
    ...has.filter(({ name }) => variables.every(each => each.name !== name)).map(({ name }) => change(name, 'removed')),
  ];
}

/** Words that begin the lines of a spec, and the key of ops.yaml that they come from. */
const KEYS: Readonly<Record<string, string>> = {
  user: 'user',
  service: 'services',
  stable_ms: 'stable',
  start_ms: 'start',
  check: 'checks',
  probe: 'probes',
  ask: 'probes',
};

function changedKeys(has: string, wanted: string): Change[] {
  const linesOf = (spec: string, word: string) => spec.split('\n').filter(line => line.startsWith(`${word} `));
  const differ = Object.keys(KEYS).filter(word => linesOf(has, word).join('\n') !== linesOf(wanted, word).join('\n'));
  return [...new Set(differ.map(word => KEYS[word]!))].map(key => ({ kind: 'key', key }));
}
