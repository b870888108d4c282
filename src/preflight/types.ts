import type { HostConfig, PreflightMode } from '../config/types.ts';
import type { ExitName } from '../errors.ts';
import type { HostRunner } from '../exec/runner.ts';
import type { SshTarget } from '../exec/ssh-options.ts';
import type { HostFacts } from '../host/facts/types.ts';
import type { Peer, PeerPath } from '../tailnet/types.ts';
import type { CheckResult, Verdict } from './result.ts';

export type { PreflightMode };

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
  /** Name of the purpose. */
  purpose: string;
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
