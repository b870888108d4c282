export interface AppsConfig {
  apps: Readonly<Record<string, AppConfig>>;
}

export interface AppConfig {
  id: string;
  hosts: readonly string[];
  /** Absolute path on the host: releases/, current and shared/ live below it. */
  path: string;
  source: SourceConfig;
  /** Account that the app's commands and generated units run as. */
  user: string;
  services: readonly ServiceConfig[];
  env: Readonly<Record<string, string | EnvReference>>;
  /** Paths inside a release that are links into shared/. */
  shared: readonly SharedPath[];
  /** Commands run in the new release as `user`, before the swap; each must exit 0. */
  checks: readonly (readonly string[])[];
  probes: readonly ProbeConfig[];
  /** Stability window in milliseconds; null = max(2 × RestartSec + 2 s, 5 s), decided on the host. */
  stableMs: number | null;
  /** How long a restarted unit may take to become active, in milliseconds. */
  startMs: number;
  /** How many finished releases stay. */
  keep: number;
}

export interface SharedPath {
  path: string;
  /** It is written with a / at its end. */
  folder: boolean;
}

/** A directory, or a git commit exported clean. `dir` is absolute; for git it is the folder inside the work tree. */
export type SourceConfig =
  | { kind: 'dir'; dir: string; exclude: readonly string[] }
  | { kind: 'git'; dir: string; ref: string; exclude: readonly string[] };

/** A unit of the app: shipped in the source, generated from a command line, or already on the host. */
export type ServiceConfig =
  | { kind: 'file'; unit: string; file: string }
  | { kind: 'run'; unit: string; run: string; user: string }
  | { kind: 'existing'; unit: string };

export interface EnvReference {
  env: string;
}

export interface ProbeConfig {
  id: string;
  kind: 'http' | 'tcp';
  /** URL for http, `host:port` for tcp. `{host}` stands for the host's MagicDNS name. */
  target: string;
  from: 'host' | 'operator';
  /** Accepted status codes (http). */
  status: readonly number[];
  /** Text that the body must contain (http); `{release}`, `{digest}` and `{commit}` stand for the release. null asks for nothing. */
  contains: string | null;
  /** Unit that may hold the port in place of the app's own. */
  through: string | null;
  attempts: number;
  intervalMs: number;
  timeoutMs: number;
}
