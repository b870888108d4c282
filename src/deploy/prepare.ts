import { setTimeout as sleep } from 'node:timers/promises';
import { placeholders, resolveEnv } from '../config/index.ts';
import type { AppConfig, HostConfig, ResolvedEnv } from '../config/types.ts';
import { type Context, createRunId } from '../context.ts';
import { currentRelease } from '../host/facts/releases.ts';
import type { AppFacts } from '../host/facts/types.ts';
import { foldersToTake } from '../host/facts/unsafe.ts';
import { chooseApp, hostsOf } from '../preflight/index.ts';
import type { Purpose } from '../preflight/purpose.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import { type OpenHosts, openHosts } from '../run/open.ts';
import type { OpenHost } from '../run/part.ts';
import type { TextChange } from '../run/use-case.ts';
import { pinsFile } from '../tailnet/pins-file.ts';
import { partsOf, planInput, plannedHost } from './open.ts';
import type { PreparedDeploy } from './parts.ts';
import { adoptableLink, type HostDeployFacts, planDeploy } from './plan/deploy.ts';
import { requireRoom } from './plan/room.ts';
import { deploying } from './purposes.ts';
import { digestsOf, filesOnHost, installedFor, variableDigests } from './release/installed.ts';
import { rootOf } from './source/as-root.ts';
import { compareManifests, type Manifest, modeChanges, parseManifest } from './source/manifest.ts';
import { ManifestCache } from './source/manifest-cache.ts';
import { readServiceFiles } from './source/service-files.ts';
import { readSource, type Source } from './source/source.ts';
import { textChanges } from './text-changes.ts';

export interface DeployRequest {
  /** null = the only app there is. */
  app: string | null;
  /** Some of the app's hosts; none = all. */
  hosts: readonly string[];
  /** Take a running installation over. */
  adopt: boolean;
  /** Send every file, whatever the host has. */
  full: boolean;
  /** Also tell how the files beside the tree read, there and then. */
  texts: boolean;
  /** How long a lock that somebody else holds is waited for; 0 = not at all. */
  waitMs: number;
}

/** Reads everything, changes nothing: source, hosts and plan. The source is hashed while the hosts answer. */
export async function prepareDeploy(context: Context, request: DeployRequest): Promise<PreparedDeploy> {
  const app = chooseApp(context, request.app);
  const hosts = hostsOf(context, app, request.hosts);
  const env = resolveEnv(app.env, context.env, `apps.${app.id}.env`);
  const cache = new ManifestCache(context.cacheDir);
  const [read, asked] = await Promise.allSettled([
    readSource(app, [context.config.file, pinsFile(context.config.file)], context.runner),
    cache.digests().then(knownManifests => {
      const purpose = deploying(app, request.adopt, { knownManifests, ours: request.texts ? 'texts' : 'names' });
      return openInTurn(context, hosts, purpose, request.waitMs);
    }),
  ]);
  const close = async () => {
    if (asked.status === 'fulfilled') await asked.value.close();
    if (read.status === 'fulfilled') await read.value.dispose();
  };
  try {
    if (read.status === 'rejected') throw read.reason;
    if (asked.status === 'rejected') throw asked.reason;
    const [source, open] = [read.value, asked.value];
    const wanted: Wanted = { app, request, source, env, shipped: await readServiceFiles(app, source), cache };
    const compared = await Promise.all(open.hosts.map(host => compareHost(host, wanted)));
    if (context.preflightMode !== 'disabled') {
      for (const { host, facts, difference, planned } of compared)
        requireRoom(host, facts, difference, { upload: planned.uploadBytes, tree: source.totalBytes });
    }
    const plan = planDeploy({
      ...planInput(context, app, createRunId()),
      now: new Date(context.now()).toISOString(),
      source: {
        digest: source.manifest.digest,
        files: source.sizes.size,
        bytes: source.totalBytes,
        commit: source.commit,
      },
      tree: source,
      placeholders: placeholders(env),
      asRoot: rootOf(app, wanted.shipped),
      hosts: compared.map(({ planned }) => planned),
    });
    const texts = request.texts ? compared.flatMap(textChangesOn) : [];
    return { plan, source, preflight: open.preflight, parts: partsOf(plan, compared), texts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const LOCK_POLL_MS = 2_000;

/** Asks again and again while somebody else holds the lock and there is time left to wait. */
async function openInTurn<T>(
  context: Context,
  hosts: readonly HostConfig[],
  purpose: Purpose<T>,
  waitMs: number,
): Promise<OpenHosts<T>> {
  const until = context.now() + waitMs;
  for (let told = false; ; told = true) {
    try {
      return await openHosts(context, hosts, purpose);
    } catch (error) {
      const held = error instanceof PreflightRefused && error.preflight.exit === 'lock-held' ? error.preflight : null;
      if (held === null || context.now() >= until || context.signal.aborted) throw error;
      const finding = held.results.find(result => result.id === 'lock' && result.verdict === 'fail');
      if (!told) context.emit({ type: 'note', text: `waiting: ${finding?.message ?? 'the lock is held'}` });
      await sleep(LOCK_POLL_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }
}

/** What every host is to have. */
interface Wanted {
  app: AppConfig;
  request: DeployRequest;
  source: Source;
  env: ResolvedEnv;
  /** Texts of unit files that come with the source, by unit. */
  shipped: ReadonlyMap<string, string>;
  cache: ManifestCache;
}

/** What the host has, against what it is to have. */
async function compareHost({ host, session, facts }: OpenHost & { facts: AppFacts }, wanted: Wanted) {
  const { app, request, source } = wanted;
  const base = request.full ? null : await readBase(facts, source.manifest, wanted.cache);
  const difference = compareManifests(base?.manifest ?? null, source.manifest);
  const { installed, contents } = installedFor(app, host, wanted.env, wanted.shipped);
  const onHost = filesOnHost(installed, contents, app, host, session.facts.login.home);
  const adopt = request.adopt ? adoptableLink(facts) : null;
  const planned: HostDeployFacts = {
    ...plannedHost(host, session, facts),
    base: base?.id ?? null,
    difference,
    uploadBytes: difference.add.reduce((sum, line) => sum + (source.sizes.get(line) ?? 0), 0),
    shared: source.shared,
    files: installed,
    wanted: {
      files: digestsOf(onHost),
      variables: variableDigests(installed, contents),
      modes: modeChanges(difference),
    },
    adopt,
    take: (adopt !== null && host.privilege !== 'none' && foldersToTake(facts)) || [],
  };
  return { host, session, facts, difference, contents, onHost, planned };
}

function textChangesOn({ host, facts, onHost, planned: { wanted } }: Awaited<ReturnType<typeof compareHost>>): TextChange[] {
  const files = wanted.files.map(file => ({ ...file, text: onHost.get(file.path) ?? null }));
  return textChanges(host.id, facts, files);
}

/** The release that the new tree starts from: one with the very same content, else current when its manifest is known. */
async function readBase(
  facts: AppFacts,
  wanted: Manifest,
  cache: ManifestCache,
): Promise<{ id: string; manifest: Manifest } | null> {
  // A new tree is linked to its base: what was changed there by hand would go on.
  if (facts.edited.some(path => path.startsWith(`${facts.path}/releases/`))) return null;
  const same = facts.releases.find(release => release.present && !release.adopted && release.digest === wanted.digest);
  if (same) return { id: same.id, manifest: wanted };
  const current = currentRelease(facts);
  if (!current || current.adopted || !current.present) return null;
  const manifest = facts.manifest === null ? await cache.read(current.digest) : parseManifest(facts.manifest);
  return manifest?.digest === current.digest ? { id: current.id, manifest } : null;
}
