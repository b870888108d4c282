import { OpsError } from '../../errors.ts';
import { type Answer, blocks } from '../answer.ts';
import type { AppFacts, HostFacts, ReleaseFacts, RunFacts, UnitFacts, Who } from './types.ts';

type Block = ReadonlyMap<string, readonly string[]>;

const TOOLS = [
  'rsync',
  'curl',
  'mv',
  'cp',
  'sync',
  'sha256sum',
  'find',
  'setpriv',
  'sudo',
  'systemd-run',
  'systemctl',
  'tailscale',
];
const STATES = ['staged', 'active', 'proven', 'failed', 'left'] as const;

/** Answer of the facts program → facts. Whatever a host leaves out is null; what it says wrongly is refused. */
export function parseFacts(answer: Answer, app: { id: string; path: string } | null): HostFacts {
  const tools: Record<string, string | null> = Object.fromEntries(TOOLS.map(name => [name, null]));
  for (const line of answer.all('tool')) {
    const [name, ...rest] = line.split(' ');
    tools[name!] = rest.join(' ');
  }
  const clock = number(answer.get('clock'));
  return {
    login: {
      user: answer.get('user') ?? '',
      uid: number(answer.get('uid')) ?? -1,
      home: answer.get('home') ?? '',
      shell: answer.get('shell') ?? '',
      noise: answer.noise,
      sshConnection: answer.get('ssh_connection') || null,
      privilege: answer.get('privilege') ?? 'no answer',
      lingering: answer.get('lingering') === '1',
    },
    who: parseWho(answer.get('who') ?? 'unproved the host did not say'),
    machineId: answer.get('machine_id') || null,
    clock,
    os: (answer.get('os') ?? '').replace(/^(["'])(.*)\1$/, '$2'),
    kernel: answer.get('kernel') ?? '',
    systemd: number(/^systemd (\d+)/.exec(tools.systemctl ?? '')?.[1]),
    tools,
    schema: number(answer.get('schema')),
    app: app !== null && answer.get('target') !== undefined ? parseApp(answer, app, clock) : null,
  };
}

export function parseWho(text: string): Who {
  const at = text.indexOf(' ');
  const kind = text.slice(0, at);
  const [first = '', second = ''] = text.slice(at + 1).split('\t');
  if (kind === 'user') return { kind, login: first, node: second };
  if (kind === 'tagged') return { kind, node: first, tags: second.split(' ').filter(tag => tag !== '') };
  return { kind: 'unproved', why: first };
}

function parseApp(answer: Answer, app: { id: string; path: string }, clock: number | null): AppFacts {
  const releases = blocks(answer.all('release')).map(parseRelease);
  const link = answer.get('current');
  const runs = blocks(answer.all('run')).map(parseRun);
  const manifest = answer.all('manifest').join('');
  const bootedAt = clock === null ? null : clock - (number(answer.get('uptime')) ?? 0);
  return {
    path: app.path,
    target: parseTarget(answer, app),
    disk: parseDisk(answer),
    current:
      link === undefined
        ? null
        : { link, release: answer.get('current_release') || null, broken: answer.get('current_broken') === '1' },
    currentIsNoLink: answer.get('current_not_a_link') === '1',
    releases,
    strays: answer.all('stray'),
    manifest: manifest === '' ? null : manifest,
    unitsDigest: answer.get('units_digest') ?? '-',
    units: blocks(answer.all('unit')).map(block => parseUnit(block, bootedAt)),
    unitsUnread: answer.get('units_unread') ?? null,
    lock: runs.find(run => run.alive) ?? null,
    lockUnread: answer.get('lock_unread') ?? null,
    lastRun: runs.find(run => run.run === answer.get('last_run')) ?? null,
    uploads: runs.filter(run => !run.alive && run.run !== answer.get('last_run')),
    created: answer.all('created'),
    userUid: number(answer.get('user_uid')),
    leftovers: answer.all('leftover'),
  };
}

function parseTarget(answer: Answer, app: { id: string; path: string }): AppFacts['target'] {
  const from = answer.get('target_path') ?? app.path;
  if (from !== app.path) return { kind: 'moved', from };
  const text = answer.get('target') ?? '';
  if (text === 'none' || text === 'foreign') return { kind: text };
  const owner = text.replace(/^marked ?/, '');
  return owner === app.id ? { kind: 'ours' } : { kind: 'other', owner };
}

/** `stat -f -c '%S %b %a %c %d %T'` and the folder: block size, blocks, available blocks, inodes, free inodes, type. */
function parseDisk(answer: Answer): AppFacts['disk'] {
  const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\S+) (\/.*)$/.exec(answer.get('disk') ?? '');
  if (match === null) return null;
  const [size, blockCount, available, inodes, freeInodes] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    at: match[7]!,
    totalBytes: size * blockCount,
    freeBytes: size * available,
    totalInodes: inodes,
    freeInodes,
    readOnly: answer.get('disk_read_only') === '1',
    type: match[6]!,
  };
}

function parseRelease(block: Block): ReleaseFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  // A crash may have come between the folder of a release and its state: then it proves nothing.
  const state = STATES.find(known => known === (one('state').trim() || 'failed'));
  if (state === undefined) {
    throw new OpsError('state-damaged', 'host-not-ready', `release ${one('id')} has no state that ops knows`, {
      hint: 'look at the folder of the release below /var/lib/ops/apps on the host',
    });
  }
  return {
    id: one('id'),
    seq: number(one('seq')) ?? 0,
    state,
    digest: one('digest'),
    created: one('created'),
    commit: one('commit') || null,
    by: one('by'),
    run: one('run'),
    adopted: one('link') !== '',
    present: one('present') === '1',
    services: block.get('service') ?? [],
    stableMs: number(one('stable_ms')),
  };
}

function parseRun(block: Block): RunFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  const since = number(one('since'));
  return {
    run: one('run'),
    mode: one('mode'),
    release: one('release'),
    by: one('by'),
    since: since === null ? '' : new Date(since * 1000).toISOString(),
    phase: one('phase'),
    before: one('before') || null,
    alive: one('alive') === '1',
    record: parseRecord(block.get('record') ?? []),
  };
}

/** `key value` lines of a record, in order; null when there are none. */
export function parseRecord(lines: readonly string[]): Readonly<Record<string, readonly string[]>> | null {
  if (lines.length === 0) return null;
  const record: Record<string, string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(' ');
    const key = at < 0 ? line : line.slice(0, at);
    record[key] = [...(record[key] ?? []), at < 0 ? '' : line.slice(at + 1)];
  }
  return record;
}

function parseUnit(block: Block, bootedAt: number | null): UnitFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  const entered = number(one('ActiveEnterTimestampMonotonic')) ?? 0;
  const running = one('ActiveState') === 'active';
  return {
    unit: one('Id'),
    type: one('Type'),
    load: one('LoadState'),
    active: one('ActiveState'),
    sub: one('SubState'),
    restarts: number(one('NRestarts')) ?? 0,
    mainPid: number(one('MainPID')) ?? 0,
    invocation: one('InvocationID'),
    since: running && entered > 0 && bootedAt !== null ? new Date((bootedAt + entered / 1e6) * 1000).toISOString() : null,
    result: one('Result'),
    enabled: one('UnitFileState'),
    fragment: one('FragmentPath'),
  };
}

function number(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text)) return null;
  return Number(text);
}
