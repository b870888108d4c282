import type { AppConfig, Config, HostConfig } from '../config/types.ts';
import type { HostRunner } from '../exec/runner.ts';
import type { Greeting } from '../exec/ssh-greeting.ts';
import type { SshTarget } from '../exec/ssh-options.ts';
import type { AppFacts, HostFacts } from '../host/facts/types.ts';
import type { PathResult } from '../tailnet/path.ts';
import type { RunningTailnet } from '../tailnet/tailnet.ts';
import type { Peer, Pin } from '../tailnet/types.ts';
import type { Purpose } from './purpose.ts';

/** ssh and rsync of this machine; null = not installed. Versions as far as they could be read. */
export interface LocalTools {
  ssh: string | null;
  rsync: { kind: 'rsync' | 'openrsync'; version: string } | null;
}

/** How the host is dialled: decided before anything is sent to it. */
export interface WayIn {
  fqdn: string;
  address: string;
  port: number;
  /** Our own tailnet address that connections must leave from; null where `tailscale nc` or --via carries them. */
  bind: string | null;
  /** Words of `tailscale nc`; null where there is a TUN device. */
  proxy: readonly string[] | null;
}

export interface Login {
  /** Refuses nothing: what preflight itself runs goes through a read-only view of it. */
  runner: HostRunner;
  target: SshTarget | null;
  facts: HostFacts;
  /** Our clock just before and just after, in milliseconds since the epoch. */
  sentAt: number;
  answeredAt: number;
  /** Only at the second try: the tailnet policy had not reached the host at the first. */
  late: boolean;
}

/**
 * Everything that is seen of one host. Each observation is made at most once and asked for as often as one likes; one
 * that cannot be made rejects with the same OpsError every time, and so do those that depend on it.
 */
export interface HostView {
  readonly config: Config;
  readonly host: HostConfig;
  readonly purpose: Purpose;
  /** The one that checks concern. */
  readonly app: AppConfig | null;
  readonly via: string | null;
  readonly now: () => number;
  tools(): Promise<LocalTools>;
  /** This machine is connected to the pinned tailnet. */
  tailnet(): Promise<RunningTailnet>;
  /** The name stands for exactly one node. */
  peer(): Promise<Peer>;
  /** … which is connected to the tailnet. */
  online(): Promise<Peer>;
  /** … and whose key has not expired. */
  live(): Promise<Peer>;
  path(): Promise<PathResult>;
  wayIn(): Promise<WayIn>;
  /** An SSH server answers, and our end of that connection is ours. */
  port(): Promise<Greeting>;
  /** The node is the pinned one. */
  pin(): Promise<Pin>;
  /** ssh was started, or never will be. */
  dialled(): Promise<void>;
  login(): Promise<Login>;
  facts(): Promise<HostFacts>;
  /** Facts of a login that may act as `privilege` says. */
  privileged(): Promise<HostFacts>;
  appFacts(): Promise<AppFacts>;
}
