import { ownPort } from '../../config/sections/apps/probe-target.ts';
import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { type Said, under } from '../answer.ts';
import { unitParams } from '../unit-params.ts';
import { encodeWord } from '../words.ts';
import { parseApp } from './app.ts';
import { factSection } from './section.ts';
import type { AppFacts, HostFacts } from './types.ts';

export interface AppsQuestion {
  apps: readonly AppConfig[];
  /** Digests of manifests that need not be sent; `*` = none need. */
  knownManifests: readonly string[];
  /** More of our files beside the tree: names of variables, or the texts of units and drop-ins as well. */
  ours?: 'names' | 'texts';
  /** The same of what each release keeps for the time when it is gone back to. */
  kept?: boolean;
  /** What `{host}` in a probe stands for; without it nothing is asked about names. */
  fqdn?: string;
}

/** Where each app stands, by its id, or why that could not be read. One that the host said nothing of is not there. */
export const apps = factSection<AppsQuestion, ReadonlyMap<string, AppFacts | OpsError>>(
  'apps',
  ({ apps: asked, knownManifests, fqdn, ours = '' as const, kept = false }) => ({
    apps: asked.map(({ id, path, user }) => `${id} ${path} ${user}`),
    unit: asked.flatMap(app => unitParams(app).unit.map(unit => `${app.id} ${unit}`)),
    foreign: asked.flatMap(app => unitParams(app).foreign.map(unit => `${app.id} ${unit}`)),
    shared: asked.flatMap(app => app.shared.map(({ path }) => `${app.id} ${path}`)),
    started: asked.flatMap(app => startedWith(app).map(word => `${app.id} ${word}`)),
    port: asked.flatMap(app => ownPorts(app).map(line => `${app.id} ${line}`)),
    name: fqdn === undefined ? [] : asked.filter(asksByName).map(({ id }) => `${id} ${fqdn}`),
    known_manifest: knownManifests,
    ours,
    kept: kept ? '1' : '',
  }),
  (answer, question, { bootedAt }) => {
    const found = question.apps.map(app => ({ app, said: under(answer, `${app.id}/`) }));
    const told = found.filter(({ said }) => said.get('target') !== undefined);
    return new Map(told.map(({ app, said }) => [app.id, readApp(said, app, bootedAt)]));
  },
);

/** `PORT TARGET UNIT`: where a probe asks this host, from wherever, as the proof will look; and the unit that it goes through. */
function ownPorts({ probes }: AppConfig): string[] {
  return probes.flatMap(({ target, through }) => {
    const port = ownPort(target);
    return port === null ? [] : [`${port} ${encodeWord(target)} ${through ?? '-'}`];
  });
}

/** A probe that the host is asked by its own name. */
function asksByName({ probes }: AppConfig): boolean {
  return probes.some(({ from, target }) => from === 'host' && target.includes('{host}'));
}

/**
 * Programs that command lines of ops.yaml begin with and that the host must have: by name, or by a path outside of the app, where
 * a release and what it makes for itself come later.
 */
function startedWith({ path, services, checks }: AppConfig): readonly string[] {
  const lines = [
    ...services.flatMap(service => (service.kind === 'run' ? [service.run] : [])),
    ...checks.map(([word = '']) => word),
  ];
  // Before a command systemd takes marks; what it would unquote or expand is left to it.
  const words = lines.map(line => line.replace(/^[-@:+!]+/, '').split(' ', 1)[0]!);
  return [...new Set(words)].filter(
    word => /^[\w/.+-]+$/.test(word) && (word.startsWith('/') ? !word.startsWith(`${path}/`) : !word.includes('/')),
  );
}

/** What is damaged in one app is nothing to the others. */
function readApp(said: Said, app: AppConfig, bootedAt: number | null): AppFacts | OpsError {
  try {
    return parseApp(said, app, bootedAt);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}

/** Null when nothing is known of the app there, for whatever reason. */
export function appIn(facts: HostFacts, { id }: Pick<AppConfig, 'id'>): AppFacts | null {
  const found = apps.of(facts)?.get(id) ?? null;
  return found instanceof OpsError ? null : found;
}

/** @throws OpsError facts-missing, or why it could not be read. */
export function requireApp(facts: HostFacts, app: Pick<AppConfig, 'id'>, host: string): AppFacts {
  const found = apps.of(facts)?.get(app.id) ?? factsMissing(app, host);
  if (found instanceof OpsError) throw found;
  return found;
}

export function factsMissing({ id }: Pick<AppConfig, 'id'>, host: string): OpsError {
  return new OpsError('facts-missing', 'unknown', `${host} said nothing about ${id}`);
}
