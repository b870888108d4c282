import type { AppConfig, Config, HostConfig, PreflightMode } from '../config/types.ts';
import type { ExitName } from '../errors.ts';
import type { HostRunner, Runner } from '../exec/runner.ts';
import type { SshTarget } from '../exec/ssh.ts';
import type { HostFacts } from '../host/facts/types.ts';
import type { Peer, PeerPath } from '../tailnet/types.ts';
import type { CheckResult, Verdict } from './check.ts';

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
  /** No files will be sent: a full disk is told and stops nothing. */
  sendsNothing?: boolean;
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
