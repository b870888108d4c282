import type { AppConfig, Config, HostConfig, PreflightMode } from '../config/types.ts';
import { type ExitName, OpsError } from '../errors.ts';
import type { HostRunner, Runner } from '../exec/runner.ts';
import type { SshTarget } from '../exec/ssh.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Peer, PeerPath } from '../tailnet/types.ts';
import { askHost } from './ask.ts';
import type { CheckResult, Verdict } from './check.ts';
import { observeHost } from './observe.ts';
import { once } from './once.ts';
import { leave, openSessions } from './sessions.ts';
import { sideBySide } from './side-by-side.ts';
import { lookAround } from './surroundings.ts';
import { exitOf } from './verdict.ts';
import type { HostView } from './view.ts';

export type { PreflightMode };

export interface PreflightOptions {
  config: Config;
  /** In the order in which they are reported. */
  hosts: readonly HostConfig[];
  /** The app whose directory, units, lock and disk are looked at; without it these checks do not apply. */
  app?: AppConfig;
  /** In place of `app`: which app to look at on each host; null = none. */
  appOf?: (host: HostConfig) => AppConfig | null;
  mode: PreflightMode;
  /** Break-glass: dial this address instead of the tailnet one. Host keys still come from the pin only. */
  via?: string;
  /** A target directory that ops did not make is accepted: it is about to be taken over. */
  adopt?: boolean;
  /** Digests of manifests that this machine has in its cache: the host does not send those again. */
  knownManifests?: readonly string[];
  /** Runs commands on this machine. Preflight itself only ever uses a read-only view of it. */
  runner: Runner;
  /** Milliseconds since the epoch. */
  now: () => number;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}

/** An open way into a host that passed: the runner may change things, its connection stays open until close(). */
export interface HostSession {
  runner: HostRunner;
  facts: HostFacts;
  /** Null for the machine itself, and with `via` when the tailnet does not know the host. */
  peer: Peer | null;
  path: PeerPath | null;
  /** Null for the machine itself. */
  target: SshTarget | null;
}

/** What the header line of a host shows, and what became of it. */
export interface HostReport {
  host: HostConfig;
  fqdn: string | null;
  address: string | null;
  path: PeerPath | null;
  via: string | null;
  /** The worst of its results: fail, unknown, warn, pass. */
  verdict: Verdict;
  /** May this host be changed, under the mode asked for? */
  ready: boolean;
  results: readonly CheckResult[];
  durationMs: number;
}

export interface Preflight {
  mode: PreflightMode;
  /** One a host, in the order asked for. */
  reports: readonly HostReport[];
  /** All results, host by host, in the order of checks. */
  results: readonly CheckResult[];
  /** By host id; only hosts whose facts are known. */
  sessions: ReadonlyMap<string, HostSession>;
  /** `ok` when every host is ready; else the code of the earliest failing stage over all hosts. */
  exit: ExitName;
  durationMs: number;
  /** Ends the shared connections and removes the files of this run. Safe to call twice. */
  close(): Promise<void>;
}

/** More at once gain nothing: each host costs a key exchange, and the processor here is one. */
const HOSTS_AT_ONCE = 10;

/**
 * May we? Asks every host side by side and, within a host, in order of dependence. Never throws for what a check can
 * say; throws OpsError `pins-damaged` (usage) before anything is started, and `interrupted`.
 */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const started = performance.now();
  const around = await lookAround(options);
  const views = options.hosts.map((host, index) => observeHost(around, host, index));
  const asked: HostView[] = [];
  const close = once(async () => {
    await Promise.all(asked.map(leave));
    await around.removeFiles();
  });
  try {
    const reports = await sideBySide(views, HOSTS_AT_ONCE, view => {
      options.signal?.throwIfAborted();
      asked.push(view);
      return askHost(view, options);
    });
    options.signal?.throwIfAborted();
    return {
      mode: options.mode,
      reports,
      results: reports.flatMap(report => report.results),
      sessions: await openSessions(views),
      exit: exitOf(reports, options.mode),
      durationMs: performance.now() - started,
      close,
    };
  } catch (error) {
    await close();
    throw options.signal?.aborted ? interrupted(options.signal) : error;
  }
}

function interrupted(signal: AbortSignal): OpsError {
  const exit = signal.reason === 'terminated' ? 'terminated' : 'interrupted';
  return new OpsError('interrupted', exit, 'interrupted while looking: nothing was changed');
}
