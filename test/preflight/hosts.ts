import type { AppConfig, Config, HostConfig } from '../../src/config/types.ts';
import type { AppFacts, FolderFacts, HostFacts, HostRuns, UnitFacts } from '../../src/host/facts/types.ts';
import { appConfig } from '../support/app-config.ts';
import { SUFFIX } from '../tailnet/nodes.ts';

export const NOW = Date.parse('2026-11-21T09:00:00Z');
export const MACHINE_ID = '0123456789abcdef0123456789abcdef';
export const GIB = 1_073_741_824;

export function makeHost(id: string, overrides: Partial<HostConfig> = {}): HostConfig {
  return { id, local: false, name: id, user: 'deploy', port: 22, auth: 'keys', key: null, privilege: 'sudo', ...overrides };
}

export function makeApp(overrides: Partial<AppConfig> = {}): AppConfig {
  return appConfig({ source: { kind: 'dir', dir: '/home/dev/web', exclude: [] }, ...overrides });
}

export function makeConfig(hosts: readonly HostConfig[], overrides: Partial<Config> = {}): Config {
  return {
    file: '/home/dev/web/ops.yaml',
    root: '/home/dev/web',
    digest: 'd'.repeat(64),
    tailnet: SUFFIX,
    hosts: Object.fromEntries(hosts.map(host => [host.id, host])),
    apps: { web: makeApp() },
    checks: { diskWarn: 85, diskFail: 95, clockSkewWarnMs: 5_000, keyExpiryWarnDays: 14 },
    preflight: 'required',
    overrides: [],
    ...overrides,
  };
}

export function makeFacts(overrides: Partial<HostFacts> = {}): HostFacts {
  return {
    login: {
      user: 'deploy',
      uid: 1001,
      home: '/home/deploy',
      shell: '/bin/bash',
      noise: null,
      sshConnection: '100.64.0.1 40000 100.64.0.9 22',
      privilege: 'ok',
      lingering: false,
    },
    who: { kind: 'user', login: 'dev@example.com', node: 'op.lab.test' },
    machineId: MACHINE_ID,
    clock: NOW / 1000,
    bootedAt: NOW / 1000 - 86_400,
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0',
    systemd: 252,
    tools: {
      rsync: 'rsync  version 3.2.7  protocol version 31',
      curl: 'curl 7.88.1',
      mv: 'mv (GNU coreutils) 9.1',
      cp: 'cp (GNU coreutils) 9.1',
      sync: 'sync (GNU coreutils) 9.1',
      sha256sum: 'sha256sum (GNU coreutils) 9.1',
      find: 'find (GNU findutils) 4.9.0',
      setpriv: 'setpriv from util-linux 2.38.1',
      'systemd-run': 'present',
    },
    schema: 1,
    sections: makeSections(makeAppFacts()),
    ...overrides,
  };
}

/** What a host says that was asked about the app web, and about its own runs. */
export function makeSections(app: AppFacts, runs: Partial<HostRuns> = {}): HostFacts['sections'] {
  return new Map<string, unknown>([
    ['apps', new Map([['web', app]])],
    ['host', { lock: null, lockUnread: null, last: null, ...runs }],
  ]);
}

export function makeAppFacts(overrides: Partial<AppFacts> = {}): AppFacts {
  return {
    path: '/srv/web',
    target: { kind: 'ours' },
    folders: [
      makeFolder('app', '/srv'),
      makeFolder('releases', '/srv'),
      makeFolder('state', '/var/lib'),
      makeFolder('units', '/etc/systemd/system'),
      makeFolder('env', '/etc'),
    ],
    current: { link: 'releases/r1', release: 'r1', broken: false, spec: '', unproved: null },
    currentIsNoLink: false,
    releases: [
      {
        id: 'r1',
        seq: 1,
        state: 'proven',
        digest: 'a'.repeat(64),
        created: '2026-11-20T09:00:00Z',
        commit: null,
        by: 'dev@example.com',
        run: 'r-1',
        adopted: false,
        link: 'releases/r1',
        present: true,
        holdsEnv: false,
        services: ['web.service'],
        stableMs: null,
        probes: [],
      },
    ],
    strays: [],
    manifest: null,
    unitsDigest: '-',
    installed: [],
    variables: [],
    kept: new Map(),
    edited: [],
    units: [makeUnit('web.service')],
    taken: [],
    heldPorts: [],
    unitsUnread: null,
    lock: null,
    lockUnread: null,
    lastRun: null,
    uploads: [],
    created: ['/etc/systemd/system/web.service'],
    userUid: 990,
    shared: [],
    userGroups: [],
    unsafe: [],
    shut: [],
    lacks: [],
    unresolved: [],
    leftovers: [],
    ...overrides,
  };
}

function makeFolder(kind: FolderFacts['kind'], at: string, overrides: Partial<FolderFacts> = {}): FolderFacts {
  const disk = { totalBytes: 100 * GIB, freeBytes: 60 * GIB, totalInodes: 1000, freeInodes: 900, type: 'ext4' };
  return { kind, at, writable: 'yes', ...disk, ...overrides };
}

export function makeUnit(unit: string, overrides: Partial<UnitFacts> = {}): UnitFacts {
  return {
    unit,
    names: [unit],
    type: 'exec',
    load: 'loaded',
    active: 'active',
    sub: 'running',
    restarts: 0,
    mainPid: 42,
    invocation: 'i',
    since: '2026-11-20T09:00:00Z',
    result: 'success',
    enabled: 'enabled',
    fragment: `/etc/systemd/system/${unit}`,
    ...overrides,
  };
}
