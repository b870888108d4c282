import { describe, expect, it } from 'vitest';
import { OpsError } from '../../src/errors.ts';
import type { FolderFacts, UnsafeFolder } from '../../src/host/facts/types.ts';
import { ask } from '../../src/preflight/ask.ts';
import type { Check } from '../../src/preflight/check.ts';
import { CHECKS } from '../../src/preflight/checks/index.ts';
import type { HostView } from '../../src/preflight/view.ts';
import { requireRunning } from '../../src/tailnet/state.ts';
import { makePeer, makePin, makeStatus } from '../tailnet/nodes.ts';
import { fakeView, type Seen } from './fake-view.ts';
import { GIB, makeApp, makeAppFacts, makeFacts, makeSections, makeUnit, NOW } from './hosts.ts';

const refuse = (code: string, exit: 'unknown' | 'ssh-denied' | 'identity-mismatch' = 'ssh-denied') =>
  new OpsError(code, exit, `${code} happened`);
const reject = (error: OpsError) => () => Promise.reject(error);
const app = (overrides: Parameters<typeof makeApp>[0]) => ({ settings: { app: makeApp(overrides) } });
const days = (count: number) => new Date(NOW + count * 86_400_000).toISOString();
const holder = {
  run: 'r-7F3M',
  mode: 'deploy',
  release: 'r2',
  by: 'dana@example.com',
  since: new Date(NOW - 72_000).toISOString(),
  phase: 'probing',
  about: {},
  before: null,
  alive: true,
  record: null,
};
const TAKEN = { unit: 'web.service', by: '/etc/systemd/system/web.service' };
const folder = (kind: FolderFacts['kind'], overrides: Partial<FolderFacts>) => ({
  app: { folders: makeAppFacts().folders.map(each => (each.kind === kind ? { ...each, ...overrides } : each)) },
});
const disk = (overrides: Partial<FolderFacts>) => folder('releases', overrides);

/** check · what is different from a healthy host · verdict · code · what the line says */
const CASES: readonly [string, string, Seen, string, string, RegExp][] = [
  ['tools', 'all there', {}, 'pass', 'ok', /^OpenSSH 9\.2, rsync 3\.2\.7$/],
  [
    'tools',
    'no ssh',
    { views: { tools: async () => ({ ssh: null, rsync: null }) } },
    'fail',
    'ssh-missing',
    /ssh is not installed/,
  ],
  [
    'tools',
    'old ssh',
    { views: { tools: async () => ({ ssh: '7.9', rsync: null }) } },
    'fail',
    'ssh-old',
    /7\.9 .* too old: 8\.0/,
  ],
  [
    'tools',
    'no rsync',
    { views: { tools: async () => ({ ssh: '9.2', rsync: null }) } },
    'fail',
    'rsync-missing',
    /rsync is not installed/,
  ],
  [
    'tools',
    'no rsync, but no app either',
    { settings: { app: null }, views: { tools: async () => ({ ssh: '10.0', rsync: null }) } },
    'pass',
    'ok',
    /^OpenSSH 10\.0$/,
  ],
  [
    'tools',
    'openrsync',
    { views: { tools: async () => ({ ssh: '9.9', rsync: { kind: 'openrsync', version: '29' } }) } },
    'fail',
    'rsync-open',
    /openrsync/,
  ],
  [
    'tools',
    'old rsync',
    { views: { tools: async () => ({ ssh: '9.9', rsync: { kind: 'rsync', version: '3.0.9' } }) } },
    'fail',
    'rsync-old',
    /3\.0\.9/,
  ],
  ['tailnet', 'connected', {}, 'pass', 'ok', /^lab\.test, this machine is online as op$/],
  ['tailnet', 'stopped', { views: { tailnet: reject(refuse('tailnet-stopped')) } }, 'fail', 'tailnet-stopped', /happened/],
  [
    'tailnet',
    'control server out of reach',
    {
      views: {
        tailnet: async () => ({
          cli: { program: 'tailscale' },
          status: requireRunning(makeStatus([], { self: makePeer('op', { online: false }) }), 'lab.test'),
        }),
      },
    },
    'warn',
    'self-offline',
    /lost its connection to the control server/,
  ],
  ['peer', 'there', { peer: { tags: ['tag:server'] } }, 'pass', 'ok', /web1\.lab\.test is online, node 1, tag:server/],
  ['peer', 'unknown', { views: { peer: reject(refuse('peer-unknown')) } }, 'fail', 'peer-unknown', /happened/],
  ['peer', 'offline', { views: { online: reject(refuse('peer-offline')) } }, 'fail', 'peer-offline', /happened/],
  ['expiry', 'no expiry', {}, 'pass', 'ok', /does not expire/],
  ['expiry', 'far away', { peer: { keyExpiry: days(143) } }, 'pass', 'ok', /expires in 143 days/],
  ['expiry', 'soon', { peer: { keyExpiry: days(3) } }, 'warn', 'peer-expiring', /expires in 3 days/],
  ['expiry', 'expired', { views: { live: reject(refuse('peer-expired')) } }, 'fail', 'peer-expired', /happened/],
  ['path', 'direct', {}, 'pass', 'ok', /^direct, 12 ms$/],
  [
    'path',
    'derp',
    { views: { path: async () => ({ ok: true, path: { kind: 'derp', latencyMs: 65, via: 'fra' } }) } },
    'warn',
    'path-relayed',
    /^by relay fra, 65 ms: no direct way/,
  ],
  [
    'path',
    'this machine',
    { views: { path: async () => ({ ok: false, code: 'path-self', message: '' }) } },
    'pass',
    'ok',
    /this very machine/,
  ],
  [
    'path',
    'ping silent, port fine',
    { views: { path: async () => ({ ok: false, code: 'path-no-reply', message: 'no reply' }) } },
    'warn',
    'path-no-reply',
    /answers all the same/,
  ],
  [
    'path',
    'ping and port silent',
    {
      views: {
        path: async () => ({ ok: false, code: 'path-no-reply', message: 'no reply' }),
        port: reject(refuse('ssh-timeout')),
      },
    },
    'unknown',
    'path-no-reply',
    /no reply/,
  ],
  ['port', 'answers', {}, 'pass', 'ok', /^OpenSSH_9\.2p1 answers at 100\.64\.0\.9 port 22$/],
  ['port', 'silent', { views: { port: reject(refuse('ssh-timeout')) } }, 'fail', 'ssh-timeout', /happened/],
  ['identity', 'as pinned', {}, 'pass', 'ok', /^node 1 of lab\.test, as pinned$/],
  [
    'identity',
    'no pin',
    { views: { pin: reject(refuse('pin-missing', 'identity-mismatch')) } },
    'fail',
    'pin-missing',
    /happened/,
  ],
  ['host-key', 'matches', {}, 'pass', 'ok', /matches the pin/],
  ['host-key', 'matches, login denied later', { login: refuse('ssh-denied') }, 'pass', 'ok', /matches the pin/],
  ['host-key', 'another', { login: refuse('host-key-mismatch', 'identity-mismatch') }, 'fail', 'host-key-mismatch', /happened/],
  ['host-key', 'not shown', { login: refuse('outcome-unknown', 'unknown') }, 'skip', 'not-reached', /did not get as far/],
  ['ssh', 'keys', {}, 'pass', 'ok', /^logged in as deploy with keys in 0\.2 s$/],
  [
    'ssh',
    'Tailscale SSH',
    { host: { auth: 'tailscale_ssh' }, views: { port: async () => ({ banner: 'SSH-2.0-Tailscale', ms: 1 }) } },
    'pass',
    'ok',
    /with Tailscale SSH/,
  ],
  [
    'ssh',
    'Tailscale SSH where keys were meant',
    { views: { port: async () => ({ banner: 'SSH-2.0-Tailscale', ms: 1 }) } },
    'fail',
    'auth-mode',
    /auth: keys, but Tailscale SSH answers/,
  ],
  [
    'ssh',
    'sshd where Tailscale SSH was meant',
    { host: { auth: 'tailscale_ssh' } },
    'fail',
    'auth-mode',
    /auth: tailscale_ssh, but an OpenSSH server/,
  ],
  ['ssh', 'denied', { login: refuse('ssh-denied') }, 'fail', 'ssh-denied', /happened/],
  ['ssh', 'broke off', { login: refuse('outcome-unknown', 'unknown') }, 'unknown', 'outcome-unknown', /happened/],
  ['privilege', 'sudo', {}, 'pass', 'ok', /^sudo answers without a password$/],
  ['privilege', 'none', { host: { privilege: 'none' } }, 'pass', 'ok', /works as deploy/],
  ['privilege', 'denied', { facts: refuse('privilege-denied') }, 'fail', 'privilege-denied', /happened/],
  ['machine', 'as pinned', {}, 'pass', 'ok', /as pinned/],
  ['machine', 'not yet pinned', { views: { pin: async () => makePin('web1') } }, 'warn', 'machine-not-pinned', /not recorded/],
  ['machine', 'another', { facts: { machineId: 'f'.repeat(32) } }, 'fail', 'pin-changed', /other machine/],
  ['machine', 'unread', { facts: { machineId: null } }, 'unknown', 'machine-unread', /machine-id/],
  ['remote-tools', 'all there', {}, 'pass', 'ok', /bookworm\), systemd 252, rsync 3\.2\.7$/],
  ['remote-tools', 'no rsync', tool('rsync', null), 'fail', 'tool-missing', /lacks rsync/],
  ['remote-tools', 'no curl, none needed', tool('curl', null), 'pass', 'ok', /systemd/],
  [
    'remote-tools',
    'no curl for a probe',
    { ...tool('curl', null), ...app({ probes: [httpProbe('host')] }) },
    'fail',
    'tool-missing',
    /lacks curl/,
  ],
  [
    'remote-tools',
    'no curl, probe from here',
    { ...tool('curl', null), ...app({ probes: [httpProbe('operator')] }) },
    'pass',
    'ok',
    /systemd/,
  ],
  [
    'remote-tools',
    'BusyBox mv',
    tool('mv', 'BusyBox v1.35.0 multi-call binary.'),
    'fail',
    'tool-unfit',
    /mv on the host is not of GNU coreutils/,
  ],
  ['remote-tools', 'uutils mv', tool('mv', 'mv (uutils coreutils) 0.8.0'), 'fail', 'tool-unfit', /uutils/],
  ['remote-tools', 'old rsync', tool('rsync', 'rsync  version 3.0.9  protocol version 30'), 'fail', 'tool-unfit', /3\.0\.9/],
  ['remote-tools', 'no systemd', { facts: { systemd: null } }, 'fail', 'systemd-missing', /does not run systemd/],
  ['remote-tools', 'old systemd', { facts: { systemd: 241 } }, 'fail', 'systemd-old', /241 .* too old/],
  ['remote-tools', 'no lingering', { host: { privilege: 'none' } }, 'fail', 'lingering-off', /end with its last login/],
  [
    'remote-tools',
    'a login shell that prints',
    noise('Welcome \u001b[31mback'),
    'fail',
    'shell-noise',
    /deploy prints "Welcome \\u001b\[31mback" before/,
  ],
  ['remote-tools', 'a login shell that prints an empty line', noise(''), 'fail', 'shell-noise', /prints "" before/],
  [
    'remote-tools',
    'a service is started with what is not there',
    { facts: { sections: makeSections(makeAppFacts({ lacks: ['node'] })) } },
    'fail',
    'program-missing',
    /^web is started with node, which is not where systemd looks for programs$/,
  ],
  [
    'remote-tools',
    'a probe asks a name that nobody on the host knows',
    { facts: { sections: makeSections(makeAppFacts({ unresolved: ['web1.lab.test'] })) } },
    'fail',
    'name-unresolved',
    /^the host does not know where web1\.lab\.test is, which a probe asks there$/,
  ],
  ['clock', 'agrees', {}, 'pass', 'ok', /agrees/],
  ['clock', 'behind', { facts: { clock: NOW / 1000 - 60 } }, 'warn', 'clock-skew', /1 min 0 s behind this machine/],
  [
    'clock',
    'explained by a slow answer',
    { facts: { clock: NOW / 1000 + 20 }, login: { sentAt: NOW, answeredAt: NOW + 30_000 } },
    'pass',
    'ok',
    /agrees/,
  ],
  ['clock', 'unread', { facts: { clock: null } }, 'unknown', 'clock-unread', /what time/],
  ['state', 'known', {}, 'pass', 'ok', /^schema 1$/],
  ['state', 'none', { facts: { schema: null } }, 'pass', 'ok', /none yet/],
  ['state', 'newer', { facts: { schema: 2 } }, 'fail', 'schema-newer', /newer ops/],
  ['lock', 'free', {}, 'pass', 'ok', /free/],
  ['lock', 'not told', { app: { lockUnread: 'Failed to connect to bus' } }, 'unknown', 'lock-unread', /Failed to connect to bus/],
  [
    'lock',
    'held',
    { app: { lock: holder } },
    'fail',
    'lock-held',
    /^web is being changed by dana@example\.com, r-7F3M, for 1 min 12 s: probing$/,
  ],
  [
    'lock',
    'held by a run that takes the host down',
    { facts: { sections: makeSections(makeAppFacts(), { lock: { ...holder, mode: 'forget', phase: 'removing' } }) } },
    'fail',
    'lock-held',
    /^web1 is being changed by dana@example\.com, r-7F3M, for 1 min 12 s: removing$/,
  ],
  [
    'lock',
    'held by a run that takes another app of the host down',
    {
      facts: {
        sections: makeSections(makeAppFacts(), {
          lock: { ...holder, mode: 'forget', phase: 'removing', about: { only: 'other' } },
        }),
      },
    },
    'pass',
    'ok',
    /free/,
  ],
  [
    'lock',
    'held by another run of the host',
    { facts: { sections: makeSections(makeAppFacts(), { lock: { ...holder, mode: 'auth' } }) } },
    'pass',
    'ok',
    /free/,
  ],
  [
    'lock',
    'not told of the host',
    { facts: { sections: makeSections(makeAppFacts(), { lockUnread: 'Failed to connect to bus' }) } },
    'unknown',
    'lock-unread',
    /Failed to connect to bus/,
  ],
  ['target', 'ours', {}, 'pass', 'ok', /ours/],
  ['target', 'none', { app: { target: { kind: 'none' } } }, 'pass', 'ok', /free/],
  ['target', 'foreign', { app: { target: { kind: 'foreign' } } }, 'fail', 'target-foreign', /did not put there/],
  [
    'target',
    'foreign, adopted',
    { app: { target: { kind: 'foreign' } }, settings: { adopts: true } },
    'pass',
    'ok',
    /taken over/,
  ],
  [
    'target',
    'another app',
    { app: { target: { kind: 'other', owner: 'shop' } }, settings: { adopts: true } },
    'fail',
    'target-other',
    /belongs to the app shop/,
  ],
  [
    'target',
    'another place than it was deployed to',
    { app: { target: { kind: 'moved', from: '/srv/old' } }, settings: { adopts: true } },
    'fail',
    'target-moved',
    /is in \/srv\/old on this host, and ops.yaml says \/srv\/web/,
  ],
  [
    'target',
    'current broken',
    { app: { current: { link: 'releases/gone', release: null, broken: true, spec: '', unproved: null } } },
    'warn',
    'current-broken',
    /not there/,
  ],
  [
    'target',
    'current elsewhere',
    { app: { current: { link: '/home/web/mine', release: null, broken: false, spec: '', unproved: null } } },
    'warn',
    'current-elsewhere',
    /^\/srv\/web\/current points to \/home\/web\/mine, which is no release of ops$/,
  ],
  [
    'target',
    'a folder that the app could change',
    { app: { unsafe: [openFolder()] } },
    'fail',
    'target-unsafe',
    /^\/srv\/web belongs to web, mode 775: others than root could lead elsewhere what ops writes there$/,
  ],
  [
    'target',
    'a link of the app on the way',
    { app: { unsafe: [openFolder({ at: '/srv/web/releases', isLink: true })] } },
    'fail',
    'target-unsafe',
    /^\/srv\/web\/releases is a link, made by web: /,
  ],
  [
    'target',
    'a folder of the app that is about to be taken over',
    { app: { target: { kind: 'foreign' }, unsafe: [openFolder()] }, settings: { adopts: true } },
    'pass',
    'ok',
    /about to be taken over/,
  ],
  [
    'target',
    'a folder to be taken over below one of the app',
    { app: { target: { kind: 'foreign' }, unsafe: [openFolder({ at: '/srv' })] }, settings: { adopts: true } },
    'fail',
    'target-unsafe',
    /^\/srv belongs to web/,
  ],
  ['target', 'current no link', { app: { currentIsNoLink: true } }, 'fail', 'current-no-link', /no symbolic link/],
  [
    'target',
    'current no link, to be adopted',
    { app: { target: { kind: 'foreign' }, currentIsNoLink: true }, settings: { adopts: true } },
    'fail',
    'current-no-link',
    /no symbolic link/,
  ],
  ['units', 'ours', {}, 'pass', 'ok', /web\.service is active/],
  ['units', 'no account', { app: { userUid: null } }, 'fail', 'user-missing', /account web/],
  [
    'units',
    'existing one missing',
    {
      ...app({ services: [{ kind: 'existing', unit: 'nginx.service' }] }),
      app: { units: [makeUnit('nginx.service', { load: 'not-found' })] },
    },
    'fail',
    'unit-missing',
    /nginx\.service is not on the host/,
  ],
  [
    'units',
    'existing one there',
    { ...app({ services: [{ kind: 'existing', unit: 'nginx.service' }] }), app: { units: [makeUnit('nginx.service')] } },
    'pass',
    'ok',
    /nginx\.service is active/,
  ],
  [
    'units',
    'one that is masked',
    { app: { units: [makeUnit('web.service', { load: 'masked', active: 'active' })] } },
    'fail',
    'unit-masked',
    /web\.service is masked on the host: systemd would not start it$/,
  ],
  [
    'units',
    'a port that somebody else holds',
    { app: { heldPorts: [{ port: 3000, by: 'process 7 (nginx, nginx.service)' }] } },
    'warn',
    'port-held',
    /port 3000, where a probe of web asks, is held by process 7 \(nginx, nginx\.service\)$/,
  ],
  [
    'units',
    'a foreign one would be overwritten',
    { app: { taken: [TAKEN] } },
    'fail',
    'unit-foreign',
    /web\.service is on the host already/,
  ],
  [
    'units',
    'a foreign one, adopted with its installation',
    { app: { releases: [], taken: [TAKEN], target: { kind: 'foreign' } }, settings: { adopts: true } },
    'pass',
    'ok',
    /active/,
  ],
  [
    'units',
    'a foreign one, and nothing to adopt',
    { app: { releases: [], taken: [TAKEN], target: { kind: 'none' } }, settings: { adopts: true } },
    'fail',
    'unit-foreign',
    /not made by ops for web/,
  ],
  [
    'units',
    'one of a package, which an adoption does not take over',
    {
      app: {
        ...{ releases: [], target: { kind: 'foreign' } },
        taken: [{ unit: 'web.service', by: '/usr/lib/systemd/system/web.service' }],
      },
      settings: { adopts: true },
    },
    'fail',
    'unit-foreign',
    /not made by ops for web/,
  ],
  [
    'units',
    'one that came with an adopted installation and was not named then',
    { app: { releases: [{ ...makeAppFacts().releases[0]!, adopted: true }], taken: [TAKEN] } },
    'fail',
    'unit-foreign',
    /not made by ops for web/,
  ],
  [
    'units',
    'one to be adopted that does not run',
    {
      app: { releases: [], target: { kind: 'foreign' }, units: [makeUnit('web.service', { active: 'failed' })] },
      settings: { adopts: true },
    },
    'fail',
    'adopt-not-running',
    /only what runs is taken over: web\.service is failed$/,
  ],
  [
    'units',
    'one to be adopted that systemd restarted',
    {
      app: { releases: [], target: { kind: 'foreign' }, units: [makeUnit('web.service', { restarts: 2 })] },
      settings: { adopts: true },
    },
    'fail',
    'adopt-not-running',
    /web\.service is active, restarted 2 times by systemd$/,
  ],
  [
    'units',
    'shared folders of the account before',
    shut('user old\nstable_ms auto\n', 'old'),
    'fail',
    'shared-unwritable',
    /^web, which web is to run as, cannot write to \/srv\/web\/shared\/data: old owns it$/,
  ],
  ['units', 'a shared folder that the app only reads', shut('user web\nstable_ms auto\n', 'root'), 'pass', 'ok', /active/],
  [
    'units',
    'another name of a unit',
    {
      ...app({ services: [{ kind: 'existing', unit: 'sshd.service' }] }),
      app: { units: [makeUnit('ssh.service', { names: ['ssh.service', 'sshd.service'] })] },
    },
    'fail',
    'unit-alias',
    /^sshd\.service is another name of ssh\.service on the host$/,
  ],
  [
    'units',
    'a new one whose name is another name of a unit',
    { app: { units: [makeUnit('other.service', { names: ['web.service', 'other.service'] })] } },
    'fail',
    'unit-alias',
    /^web\.service is another name of other\.service on the host$/,
  ],
  ['disk', 'roomy', {}, 'pass', 'ok', /^\/srv is 40 % full \(64\.4 GB left\)$/],
  ['disk', 'filling', disk({ freeBytes: 13 * GIB }), 'warn', 'disk-filling', /87 % full/],
  ['disk', 'full', disk({ freeBytes: GIB }), 'fail', 'disk-full', /99 % full/],
  [
    'disk',
    'full, where nothing is sent',
    { ...disk({ freeBytes: GIB }), settings: { onlyWarns: ['disk-full'] } },
    'warn',
    'disk-full',
    /99 % full/,
  ],
  ['disk', 'inodes used up', disk({ freeInodes: 10 }), 'fail', 'disk-full', /99 % of its inodes \(10 left\)/],
  ['disk', 'without fixed inodes', disk({ totalInodes: 0, freeInodes: 0 }), 'pass', 'ok', /40 % full/],
  ['disk', 'read-only', disk({ writable: 'read-only' }), 'fail', 'disk-read-only', /^\/srv is mounted read-only, and releases/],
  [
    'disk',
    'immutable units',
    folder('units', { writable: 'no' }),
    'fail',
    'folder-unwritable',
    /^root cannot write to \/etc\/systemd\/system, and units go there$/,
  ],
  [
    'disk',
    'immutable units, and none of ours',
    { ...folder('units', { writable: 'no' }), ...app({ services: [{ kind: 'existing', unit: 'web.service' }] }) },
    'pass',
    'ok',
    /40 % full/,
  ],
  [
    'disk',
    'a place for the env file that is read-only',
    { ...folder('env', { writable: 'read-only' }), ...app({ env: { PORT: '3000' } }) },
    'fail',
    'disk-read-only',
    /^\/etc is mounted read-only, and the env file goes there$/,
  ],
  ['disk', 'a place for an env file, and no env', folder('env', { writable: 'read-only' }), 'pass', 'ok', /40 % full/],
  [
    'disk',
    'a folder of another account, without privilege',
    { ...folder('app', { writable: 'no' }), host: { privilege: 'none' } },
    'fail',
    'folder-unwritable',
    /^deploy cannot write to \/srv, and `current` lies there$/,
  ],
  [
    'disk',
    'no room for the notes',
    folder('state', { freeBytes: 4096 }),
    'fail',
    'disk-full',
    /^\/var\/lib has 4\.1 kB left, and the notes of ops go there$/,
  ],
  [
    'disk',
    'one disk for all, full',
    { app: { folders: makeAppFacts().folders.map(each => ({ ...each, freeBytes: 0 })) } },
    'fail',
    'disk-full',
    /^\/srv is 100 % full/,
  ],
  ['disk', 'no inodes for units', folder('units', { freeInodes: 3 }), 'fail', 'disk-full', /has 3 inodes left, and units go/],
  ['disk', 'notes where inodes are not fixed', folder('state', { totalInodes: 0, freeInodes: 0 }), 'pass', 'ok', /40 % full/],
  ['disk', 'unread', { app: { folders: [] } }, 'unknown', 'disk-unread', /how full/],
];

function openFolder(folder: Partial<UnsafeFolder> = {}): UnsafeFolder {
  return { at: '/srv/web', owner: 'web', uid: 990, gid: 990, mode: '775', isLink: false, ...folder };
}

function shut(spec: string, owner: string): Seen {
  const current = { link: 'releases/r1', release: 'r1', broken: false, spec, unproved: null };
  return { app: { current, shut: [{ owner, at: '/srv/web/shared/data' }] } };
}

function tool(name: string, version: string | null): Seen {
  const tools = {
    rsync: 'rsync  version 3.2.7  protocol version 31',
    curl: 'curl 7.88.1',
    mv: 'mv (GNU coreutils) 9.1',
    cp: 'cp (GNU coreutils) 9.1',
    sync: 'sync (GNU coreutils) 9.1',
    sha256sum: 'sha256sum (GNU coreutils) 9.1',
    find: 'find (GNU findutils) 4.9.0',
    setpriv: 'setpriv 2.38',
    'systemd-run': 'present',
  };
  return { facts: { tools: { ...tools, [name]: version } } };
}

function noise(line: string): Seen {
  return { facts: { login: { ...makeFacts().login, noise: line } } };
}

function httpProbe(from: 'host' | 'operator') {
  return {
    id: 'p',
    kind: 'http' as const,
    target: 'http://127.0.0.1:3000/',
    from,
    status: [200],
    contains: null,
    through: null,
    attempts: 1,
    intervalMs: 1,
    timeoutMs: 1,
  };
}

/** Does it say so itself, or tell of an observation that could not be made? */
function gives(check: Check, view: HostView): Promise<boolean> {
  return check.run(view).then(
    () => true,
    () => false,
  );
}

/** A check declares what it says itself. An observation is declared by the first check that tells of it. */
function declaredFor(check: Check, own: boolean): string[] {
  const tellers = own ? [check] : CHECKS.slice(0, CHECKS.indexOf(check) + 1);
  return ['ok', ...tellers.flatMap(({ codes }) => Object.keys(codes))];
}

describe.each(CASES)('%s: %s', (id, _what, seen, verdict, code, message) => {
  it(`is ${verdict} ${code}`, async () => {
    const check = CHECKS.find(candidate => candidate.id === id)!;
    const result = await ask(check, fakeView(seen), new Map());
    expect({ verdict: result.verdict, code: result.code }).toEqual({ verdict, code });
    expect(declaredFor(check, await gives(check, fakeView(seen)))).toContain(code);
    expect(result.message).toMatch(message);
    expect('exit' in result).toBe(verdict === 'fail' || verdict === 'unknown');
  });
});

it.each(['doas', 'root', 'none'] as const)(
  'no remedy for a host with privilege %s names sudo, or leaves a word empty',
  async privilege => {
    for (const [id, what, seen] of CASES) {
      if (id === 'privilege') continue;
      const view = fakeView({ ...seen, host: { ...seen.host, privilege } });
      const { remedies = [] } = await ask(CHECKS.find(candidate => candidate.id === id)!, view, new Map());
      for (const remedy of remedies) {
        if (/on the host/.test(remedy)) expect(remedy, what).not.toMatch(/\bsudo\b/);
        expect(remedy, what).not.toMatch(/undefined|null|''|\s$|^\s|\S {2}\S|: *:/);
      }
    }
  },
);

it('what lies in the place of `current` goes out of the way, where the app has its place; elsewhere the app takes another', async () => {
  const check = CHECKS.find(candidate => candidate.id === 'target')!;
  const found = (app: object, host = {}) => ask(check, fakeView({ app: { currentIsNoLink: true, ...app }, host }), new Map());
  const away = (as: string) => [
    `on the host: ls -la /srv/web/current`,
    `on the host: ${as}mv /srv/web/current /srv/web/current.old`,
  ];
  expect((await found({}, { privilege: 'sudo' })).remedies).toEqual(away('sudo '));
  expect((await found({}, { privilege: 'doas' })).remedies).toEqual(away('doas '));
  expect((await found({}, { privilege: 'none' })).remedies).toEqual(away(''));
  expect((await found({ target: { kind: 'foreign' } })).remedies).toEqual(['give web another path in ops.yaml']);
  expect((await found({ target: { kind: 'other', owner: 'shop' } })).code).toBe('target-other');
  expect((await found({ target: { kind: 'moved', from: '/srv/old' } })).code).toBe('target-moved');
});

it('a folder that others could change is mended by name, and only as far as it is open', async () => {
  const check = CHECKS.find(candidate => candidate.id === 'target')!;
  const remedies = async (folder: Partial<UnsafeFolder>, app: object = {}, host = {}) =>
    (await ask(check, fakeView({ app: { unsafe: [openFolder(folder)], ...app }, host }), new Map())).remedies;
  const otherPath = 'or give web another path in ops.yaml';
  expect(await remedies({})).toEqual([
    'on the host: sudo chown root /srv/web',
    'on the host: sudo chmod go-w /srv/web',
    otherPath,
  ]);
  expect(await remedies({ mode: '755' })).toEqual(['on the host: sudo chown root /srv/web', otherPath]);
  expect(await remedies({ owner: 'root', mode: '1777' })).toEqual(['on the host: sudo chmod go-w /srv/web', otherPath]);
  expect(await remedies({ at: '/mnt/x; reboot' })).toEqual(['on the host: namei -l /srv/web/releases', otherPath]);
  expect((await remedies({}, {}, { privilege: 'none' }))?.[0]).toBe('on the host, as root: chown deploy /srv/web');
  expect((await remedies({}, { target: { kind: 'foreign' } }))?.at(-1)).toBe(
    'ops deploy web --adopt   (when it runs from there already)',
  );
});

/** What no account may do with what is its own. */
const ROOTS_OWN = /as root: (useradd|chown|chmod|install -d|chattr|apt-get|loginctl|tailscale|ss|systemd-machine-id-setup)\b/;

it('a login without privilege is told to do as root only what nobody else may, and all else with its own systemd', async () => {
  const told = await Promise.all(
    CASES.map(async ([id, , seen]) => {
      const check = CHECKS.find(candidate => candidate.id === id)!;
      const view = fakeView({ ...seen, host: { ...seen.host, privilege: 'none' } });
      return (await ask(check, view, new Map())).remedies ?? [];
    }),
  );
  const onHost = told.flat().filter(remedy => remedy.includes('on the host'));
  expect(onHost.length).toBeGreaterThan(10);
  const wrong = (remedy: string) => /\b(systemctl|journalctl) (?!--user)/.test(remedy);
  expect(onHost.filter(remedy => (remedy.includes('as root') ? !ROOTS_OWN.test(remedy) : wrong(remedy)))).toEqual([]);
});

it('a foreign unit is offered to --adopt only where there is an installation to take over', async () => {
  const remedies = async (kind: 'none' | 'foreign') => {
    const check = CHECKS.find(candidate => candidate.id === 'units')!;
    return (await ask(check, fakeView({ app: { releases: [], taken: [TAKEN], target: { kind } } }), new Map())).remedies;
  };
  const otherwise = [
    'give the service another name in ops.yaml',
    'ops hosts forget web1 --app NAME   (when ops made it for an app that was named NAME)',
    'remove it on the host once nothing needs it: systemctl cat web.service',
  ];
  expect(await remedies('none')).toEqual(otherwise);
  expect(await remedies('foreign')).toEqual(['ops deploy web --adopt', ...otherwise]);
  const adopted = { releases: [{ ...makeAppFacts().releases[0]!, adopted: true }], taken: [TAKEN] };
  const { remedies: again } = await ask(CHECKS.find(({ id }) => id === 'units')!, fakeView({ app: adopted }), new Map());
  expect(again?.[0]).toMatch(/^ops hosts forget web1 --app web {3}\(and ops deploy web --adopt again/);
});

it('every check has a passing and a failing case', () => {
  const verdictsOf = (id: string) => new Set(CASES.filter(([check]) => check === id).map(([, , , verdict]) => verdict));
  for (const { id } of CHECKS) {
    expect(verdictsOf(id), id).toContain('pass');
    expect(
      [...verdictsOf(id)].some(verdict => verdict !== 'pass' && verdict !== 'skip'),
      id,
    ).toBe(true);
  }
});

it('ids are unique and kebab-case', () => {
  const ids = CHECKS.map(check => check.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

it('what must hold even without preflight is identity, host key, machine and lock', () => {
  expect(CHECKS.filter(check => check.always).map(check => check.id)).toEqual(['identity', 'host-key', 'machine', 'lock']);
});

it('a full disk is offered a prune only where there is something to prune', async () => {
  const [release] = makeAppFacts().releases;
  const full = disk({ freeBytes: GIB }).app;
  const remedies = async (count: number, leftovers: string[] = []) => {
    const releases = Array.from({ length: count }, (_, at) => ({ ...release!, id: `r${at}`, present: true }));
    const check = CHECKS.find(({ id }) => id === 'disk')!;
    return (await ask(check, fakeView({ app: { ...full, releases, leftovers } }), new Map())).remedies;
  };
  const prune = ['ops releases web --prune --keep 2'];
  const look = ['on the host: du -xh --max-depth=2 /srv | sort -h | tail'];
  expect([await remedies(3), await remedies(2), await remedies(1, ['.partial-r-1'])]).toEqual([prune, look, prune]);
});
