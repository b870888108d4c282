import type { Secret } from '../secret.ts';

export type AuthMode = 'keys' | 'tailscale_ssh';
export type Privilege = 'root' | 'sudo' | 'doas' | 'none';
/** required: fail or unknown stops · auto: unknown warns · disabled: identity, host key and lock are still checked. */
export type PreflightMode = 'required' | 'auto' | 'disabled';

/** ops.yaml after load, schema, normalise and rules: no optionals left to guess, every default filled in. */
export interface Config {
  /** Absolute path of ops.yaml, and the folder that relative paths in it start from. */
  file: string;
  root: string;
  /** sha256 of the bytes that were read. */
  digest: string;
  /** Pinned MagicDNS suffix, e.g. tail1234.ts.net. */
  tailnet: string;
  hosts: Readonly<Record<string, HostConfig>>;
  apps: Readonly<Record<string, AppConfig>>;
  checks: CheckSettings;
  preflight: PreflightMode;
  /** What did not come from ops.yaml, e.g. `OPS_AUTH=tailscale_ssh`: printed in every receipt. */
  overrides: readonly string[];
}

export interface HostConfig {
  /** Key in ops.yaml; `local` is the machine itself. */
  id: string;
  local: boolean;
  /** MagicDNS name (base name or FQDN) or 100.x to look up; lower case. */
  name: string;
  user: string;
  /** sshd's port; tailscale_ssh is always on 22. */
  port: number;
  auth: AuthMode;
  /** Private key file, absolute; null leaves the choice to the user's ssh config and agent. */
  key: string | null;
  privilege: Privilege;
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
  shared: readonly string[];
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
  /** Text that the body must contain (http); null asks for nothing. */
  contains: string | null;
  attempts: number;
  intervalMs: number;
  timeoutMs: number;
}

export interface CheckSettings {
  /** Per cent in use, bytes and inodes alike. */
  diskWarn: number;
  diskFail: number;
  clockSkewWarnMs: number;
  keyExpiryWarnDays: number;
}

export interface ConfigRequest {
  /** `--config FILE`; without it OPS_CONFIG, else ops.yaml is looked for from `cwd` upwards. */
  file?: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  flags?: ConfigFlags;
}

/** Flags that win over ops.yaml; unchecked, as the person wrote them. */
export interface ConfigFlags {
  auth?: string;
  preflight?: string;
}

/** The app's environment with its references resolved, at the last moment. */
export type ResolvedEnv = Readonly<Record<string, string | Secret>>;
