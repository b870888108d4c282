/** What one read-only execution learns of a host. Absent = the host did not say. */
export interface HostFacts extends MachineFacts {
  /** What was asked besides, by the name of the section: `section.of(facts)` says it with its type. */
  sections: ReadonlyMap<string, unknown>;
}

export interface MachineFacts {
  login: {
    user: string;
    uid: number;
    home: string;
    shell: string;
    /** What the login shell prints although nobody is at a terminal; null = nothing. rsync cannot work through that. */
    noise: string | null;
    /** Client and server end of this connection as sshd saw it: `client-ip client-port server-ip server-port`; null under Tailscale SSH or local. */
    sshConnection: string | null;
    /** `ok`, or why not: all that the privilege command wrote to stderr. */
    privilege: string;
    lingering: boolean;
  };
  who: Who;
  machineId: string | null;
  /** Seconds since the epoch with fraction, as the host's clock has it. */
  clock: number | null;
  /** The same clock when the kernel started. */
  bootedAt: number | null;
  os: string;
  kernel: string;
  systemd: number | null;
  /** First version line of each tool, null when missing: rsync, curl, mv, cp, sync, sha256sum, find, systemd-run, setpriv, tailscale. */
  tools: Readonly<Record<string, string | null>>;
  /** State folder schema; null = none yet. */
  schema: number | null;
}

export type Who =
  | { kind: 'user'; login: string; node: string }
  | { kind: 'tagged'; node: string; tags: readonly string[] }
  | { kind: 'unproved'; why: string };

export interface AppFacts {
  path: string;
  /** none: nothing there · ours: marker of this app · other: marker of another app (owner) · foreign: something without a marker · moved: the app is at another path of this host (from). */
  target: { kind: 'none' | 'ours' | 'foreign' } | { kind: 'other'; owner: string } | { kind: 'moved'; from: string };
  /** Where a deploy writes. */
  folders: readonly FolderFacts[];
  /** Null = no such link. */
  current: CurrentFacts | null;
  /** Something that is no symbolic link has the name `current`. */
  currentIsNoLink: boolean;
  releases: readonly ReleaseFacts[];
  /** Names below releases/ that look like those of releases, though the host's notes know none of that name. */
  strays: readonly string[];
  /** Manifest text of the current release, when the operator did not name its digest as known. */
  manifest: string | null;
  /** One digest over the app's installed unit files, drop-ins and env file: the fence. `-` when there are none. */
  unitsDigest: string;
  /** The files that the digest is of. */
  installed: readonly InstalledFile[];
  /** Of the env file: names, and a digest of each line; none unless they were asked for. */
  variables: readonly { name: string; digest: string }[];
  /** What each release installs beside its tree, by its id; of none unless it was asked for. */
  kept: ReadonlyMap<string, KeptFiles>;
  /** Paths that are not as the release that serves left them: beside its tree, or files of it that were written since. */
  edited: readonly string[];
  /** Of the services in ops.yaml and of those of the current release. */
  units: readonly UnitFacts[];
  /** Of the units that ops.yaml gives files to: those whose name is not ours on the host, and the file that has it. */
  taken: readonly { unit: string; by: string }[];
  /** Ports where a probe of ops.yaml asks the host itself, and who holds them that is not of the app. */
  heldPorts: readonly { port: number; by: string }[];
  /** Why systemd did not tell of the units; null = it did. */
  unitsUnread: string | null;
  /** The transient unit that is the lock. */
  lock: RunFacts | null;
  /** Why systemd did not tell who has the lock: then `lock` is null, though somebody may. null = it did. */
  lockUnread: string | null;
  /** The last run that left a trace, alive or not. */
  lastRun: RunFacts | null;
  /** Runs that made a partial tree and are neither of the two above: uploading now, or dead while uploading. */
  uploads: readonly RunFacts[];
  /** Files outside the tree that ops made for the app: units, drop-ins, the env file. */
  created: readonly string[];
  /** Paths of ops.yaml's `shared`: there · elsewhere: not in shared/, but in what lies at the app's path without being ours · none. */
  shared: readonly { path: string; seen: 'there' | 'elsewhere' | 'none' }[];
  /** Account the app runs as exists, with uid; null = missing. */
  userUid: number | null;
  /** Groups of that account, by number; none without privilege, and of root. */
  userGroups: readonly number[];
  /** What others could bend of the way to what a deploy writes, where all should be root's (or the login's, without privilege). */
  unsafe: readonly UnsafeFolder[];
  /** Shared folders that the account of the app cannot write to. */
  shut: readonly { owner: string; at: string }[];
  /** Programs that the app is started with and that the host lacks. */
  lacks: readonly string[];
  /** Names that probes ask there and that the host does not resolve. */
  unresolved: readonly string[];
  /** Partial trees of uploads, alive or dead, by name. */
  leftovers: readonly string[];
}

/** The link `current`. */
export interface CurrentFacts {
  link: string;
  release: string | null;
  /** It does not resolve. */
  broken: boolean;
  /** How its release was deployed, as the host keeps it; empty = it does not. */
  spec: string;
  /** Why nobody could say now that what runs is this release; null = one could, or a unit of it is not up. */
  unproved: string | null;
}

/** Units, drop-ins and env file of a release, as it keeps them for the time when it is gone back to. */
export interface KeptFiles {
  files: readonly KeptFile[];
  /** Of its env file, when that is another than the one there. */
  variables: AppFacts['variables'];
}

export interface KeptFile {
  /** Where it lies when it is installed. */
  path: string;
  digest: string;
  /** Null when it was not asked for, is the env file, or is too long to show. Whatever is on a host may stand in it. */
  text: string | null;
}

export interface InstalledFile extends KeptFile {
  /** As chmod takes it, e.g. `644`. */
  mode: string;
}

/** A folder that others than root own or may write to, or a link that they made. */
export interface UnsafeFolder {
  at: string;
  owner: string;
  uid: number;
  gid: number;
  /** As chmod takes it, e.g. `775`. */
  mode: string;
  isLink: boolean;
}

/** The nearest existing folder on the way to what a deploy writes, and its file system. */
export interface FolderFacts {
  kind: 'app' | 'releases' | 'state' | 'units' | 'env';
  at: string;
  /** `no`: another account's, or made immutable. */
  writable: 'yes' | 'no' | 'read-only';
  totalBytes: number;
  freeBytes: number;
  totalInodes: number;
  freeInodes: number;
  type: string;
}

export interface ReleaseFacts {
  id: string;
  seq: number;
  state: 'staged' | 'active' | 'proven' | 'stable' | 'failed' | 'left';
  digest: string;
  created: string;
  commit: string | null;
  by: string;
  run: string;
  adopted: boolean;
  /** What `current` says when it serves; an adopted one lies elsewhere. */
  link: string;
  /** Its tree is on disk. */
  present: boolean;
  /** Its environment is kept with it, values and all. */
  holdsEnv: boolean;
  /** Units of its services, as it was deployed. */
  services: readonly string[];
  /** How long it must run undisturbed, as it was deployed; null = as its units ask. */
  stableMs: number | null;
  /** What was asked of it when it was deployed, by the host and by its operator: lines of its spec. */
  probes: readonly string[];
}

export interface UnitFacts {
  unit: string;
  /** All that it is called, `unit` among them. */
  names: readonly string[];
  /** Type= of the service, e.g. simple, exec, oneshot. */
  type: string;
  load: string;
  active: string;
  sub: string;
  restarts: number;
  mainPid: number;
  invocation: string;
  /** ISO time it became active; null when it is not. */
  since: string | null;
  result: string;
  enabled: string;
  fragment: string;
}

export interface RunFacts {
  run: string;
  mode: string;
  release: string;
  by: string;
  since: string;
  phase: string;
  /** What else its capability noted of it when it began, by name. */
  about: Readonly<Record<string, string>>;
  /** Release that served when it began to change anything; null = none, or it never came to that. */
  before: string | null;
  alive: boolean;
  /** key → values of the fsynced record; null = none. */
  record: Readonly<Record<string, readonly string[]>> | null;
}

/** What runs in the scope of the host itself. */
export interface HostRuns {
  /** The transient unit that is the lock. */
  lock: RunFacts | null;
  /** Why systemd did not tell who has the lock; null = it did. */
  lockUnread: string | null;
  /** The last run that left a trace, alive or not. */
  last: RunFacts | null;
}
