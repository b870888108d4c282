import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpsError } from '../../src/errors.ts';
import { peerConditions } from '../../src/tailnet/condition.ts';
import { resolveHost } from '../../src/tailnet/resolve.ts';
import { requireRunning } from '../../src/tailnet/state.ts';
import { parseStatus } from '../../src/tailnet/status.ts';
import { fixture } from './fixture.ts';
import { thrown } from './nodes.ts';

const recorded = (name: string) => parseStatus(fixture(`recorded/${name}.json`));
const constructed = (name: string) => parseStatus(fixture(`constructed/${name}.json`));

describe('a running machine', () => {
  test('of headscale: names without their dot, addresses with IPv4 first, tags instead of a user', () => {
    const status = recorded('status-running');
    expect(status).toMatchObject({ backendState: 'Running', suffix: 'lab.test', magicDns: true, tun: true, version: '1.102.3' });
    expect(status.self).toMatchObject({ fqdn: 'op.lab.test', online: true, user: 'dev', tags: [] });
    expect(status.peers.map(peer => peer.fqdn)).toEqual(['web1.lab.test', 'web2.lab.test']);
    expect(status.peers[0]).toMatchObject({
      ips: [expect.stringMatching(/^100\.64\./), expect.stringMatching(/^fd7a:/)],
      os: 'linux',
      online: true,
      expired: false,
      keyExpiry: null,
      lastSeen: null,
      tags: ['tag:server'],
      user: null,
      sshHostKeys: [],
      shared: false,
    });
    expect(requireRunning(status, 'lab.test').suffix).toBe('lab.test');
  });

  test.each([
    ['before', (json: string) => `Using profile work {default}\nWARNING: client version != server version\n${json}`],
    ['after', (json: string) => `${json}\n\nupdate available {1.104}\n`],
  ])('is read whatever a wrapper says %s it', (_, wrapped) => {
    const json = fixture('recorded/status-running.json');
    expect(parseStatus(wrapped(json))).toEqual(parseStatus(json));
    expect(parseStatus(wrapped(JSON.stringify(JSON.parse(json))))).toEqual(parseStatus(json));
    expect(thrown(() => parseStatus(wrapped('')))).toMatchObject({ code: 'daemon-down' });
  });

  test('of the test control server: another suffix, other node ids', () => {
    const status = recorded('status-testcontrol');
    expect(status).toMatchObject({ suffix: 'ctl.test', self: { fqdn: 'op.ctl.test' } });
    expect(resolveHost('web1', status).stableId).toMatch(/^TESTCTRL/);
    expect(thrown(() => requireRunning(status, 'lab.test')).code).toBe('tailnet-mismatch');
  });

  test('without a TUN device says so', () => {
    expect(recorded('status-no-tun').tun).toBe(false);
  });

  test('shows the host keys of a peer that runs Tailscale SSH, and only of that one', () => {
    const status = recorded('status-tailscale-ssh');
    const types = status.peers.map(peer => peer.sshHostKeys.map(key => key.split(' ')[0]));
    expect(types).toEqual([['ecdsa-sha2-nistp256', 'ssh-ed25519', 'ssh-rsa'], []]);
  });
});

describe('peers that cannot be worked on', () => {
  const conditions = (name: string, host: string, now: number) => peerConditions(resolveHost(host, recorded(name)), now, 14);

  test('offline', () => {
    expect(conditions('status-peer-offline', 'web1', Date.now())).toEqual([{ code: 'peer-offline', lastSeen: null }]);
  });

  test('expired, though online', () => {
    expect(resolveHost('web2', recorded('status-peer-expired')).online).toBe(true);
    expect(conditions('status-peer-expired', 'web2', 0)).toEqual([{ code: 'peer-expired', at: expect.any(String) }]);
  });

  test('soon to expire', () => {
    const { keyExpiry } = resolveHost('web1', recorded('status-peer-expiring'));
    const fiveDaysBefore = Date.parse(keyExpiry ?? '') - 5 * 86_400_000;
    expect(conditions('status-peer-expiring', 'web1', fiveDaysBefore)).toEqual([
      { code: 'peer-expiring', at: keyExpiry, days: 5 },
    ]);
  });
});

test.each([
  ['recorded/status-stopped.json', 'tailnet-stopped'],
  ['recorded/status-logged-out.json', 'tailnet-logged-out'],
  ['recorded/status-key-expired-here.json', 'tailnet-logged-out'],
  ['constructed/status-approval.json', 'tailnet-approval'],
])('%s: exit 0, and yet %s', (file, code) => {
  expect(thrown(() => requireRunning(parseStatus(fixture(file)), 'lab.test'))).toMatchObject({ code, exitCode: 11 });
});

describe('other releases and systems', () => {
  test('1.20: no CurrentTailnet, no TUN, no Online for this machine', () => {
    const status = requireRunning(constructed('status-1.20'), 'lab.test');
    expect(status).toMatchObject({ suffix: 'lab.test', tun: true, health: [], self: { online: true } });
    expect(resolveHost('web1', status)).toMatchObject({
      stableId: 'n2CNTRL',
      ips: ['100.64.0.2', 'fd7a:115c:a1e0::2'],
      online: true,
    });
  });

  test('a newer one: keys that nobody has seen, and odd types of those nobody asks for, change nothing', () => {
    const json = JSON.parse(fixture('recorded/status-running.json'));
    const newer = { ...json, TailnetLock: { Enabled: true }, CertDomains: 'none', Self: { ...json.Self, Attestation: null } };
    newer.Peer = Object.fromEntries(
      Object.entries(json.Peer).map(([key, peer]) => [key, { ...(peer as object), Addrs: { v4: [] }, Paths: [] }]),
    );
    expect(parseStatus(JSON.stringify(newer))).toEqual(recorded('status-running'));
  });

  test('logged out on macOS, as a Mac printed it: null for what is not there', () => {
    const status = parseStatus(fixture('published/status-macos-logged-out.json'));
    expect(status).toMatchObject({ self: { os: 'macOS', ips: [], lastSeen: null }, suffix: null, peers: [] });
    expect(thrown(() => requireRunning(status, 'lab.test')).code).toBe('tailnet-logged-out');
  });

  test('macOS: a device name with blanks; exit nodes, shared nodes and sharees beside the hosts', () => {
    const status = requireRunning(constructed('status-macos'), 'lab.test');
    expect(status.self).toMatchObject({
      fqdn: 'danas-macbook-pro.lab.test',
      hostName: 'Dana’s MacBook Pro',
      user: 'dana@example.com',
    });
    expect(resolveHost('web1', status)).toMatchObject({ online: false, lastSeen: '2026-11-20T21:04:11.3Z' });
    expect(resolveHost('db.other.test', status).stableId).toBe('n7CNTRL');
    for (const name of ['db', 'se-got-wg-001', 'device-of-shared-to-user', '100.64.0.8']) {
      expect(thrown(() => resolveHost(name, status)).code, name).toBe('peer-unknown');
    }
  });
});

describe('a control server that says more than it may', () => {
  const json = JSON.parse(fixture('recorded/status-running.json'));
  const [key] = Object.keys(json.Peer);
  const saying = (peer: object) =>
    parseStatus(JSON.stringify({ ...json, Peer: { ...json.Peer, [key!]: { ...json.Peer[key!], ...peer } } }));

  test.each([
    ['a name with lines of ops.pins in it', { DNSName: 'web1.lab.test\nhost web2.lab.test' }],
    ['a name that ssh takes for a pattern', { DNSName: '*.' }],
    ['a name that is a flag', { DNSName: '-oProxyCommand=touch.' }],
    ['an id with a key in it', { ID: 'n1\n  key ssh-ed25519 AAAA' }],
    ['no name', { DNSName: '' }],
  ])('%s: the node is left out, and counted', (_what, said) => {
    const status = saying(said);
    expect(status).toMatchObject({ leftOut: 1, peers: [{}] });
    expect(thrown(() => resolveHost('nobody', status)).message).toContain('Not counted: 1 node without a valid MagicDNS name.');
  });

  test('addresses, tags, times and a login that are none', () => {
    const status = saying({
      TailscaleIPs: ['-oProxyCommand=touch /tmp/x', '100.64.0.9', '100.64.0.8\n', 'fe80::1%eth0', '100.64.0.2;x'],
      Tags: ['tag:a', 'tag:a b', 'x'],
      KeyExpiry: '2030 (\n##[error]x)',
      LastSeen: '2026-11-20T21:04:11.3Z',
    });
    const peer = status.peers.find(({ ips }) => ips.includes('100.64.0.9'));
    expect(peer).toMatchObject({ ips: ['100.64.0.9'], tags: ['tag:a'], keyExpiry: null, lastSeen: '2026-11-20T21:04:11.3Z' });
  });
});

describe('total', () => {
  test('text that is no JSON object is a daemon that is down', () => {
    for (const text of ['', 'null', '[]', '"x"', '{', fixture('published/macos-gui-failed.stdout')]) {
      expect(
        thrown(() => parseStatus(text)),
        text,
      ).toMatchObject({ code: 'daemon-down', exitCode: 10 });
    }
  });

  test('an empty object is a machine that is still starting', () => {
    expect(thrown(() => requireRunning(parseStatus('{}'), 'lab.test')).code).toBe('tailnet-starting');
  });

  const files = ['recorded', 'constructed', 'published'].flatMap(folder =>
    readdirSync(new URL(`../fixtures/tailscale/${folder}/`, import.meta.url))
      .filter(name => name.startsWith('status-'))
      .map(name => `${folder}/${name}`),
  );

  test.each(files)('%s with any value changed to anything is a status still', file => {
    const text = fixture(file);
    const paths = leaves(JSON.parse(text));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const json = JSON.parse(text);
        replace(json, path, value);
        expect(parseStatus(JSON.stringify(json)).backendState).toEqual(expect.any(String));
      }),
      { numRuns: 200 },
    );
  });

  test('a user id that cannot become text is nobody', () => {
    const text = JSON.stringify({ BackendState: 'Running', Self: { UserID: { toString: '' } } });
    expect(parseStatus(text).self).toMatchObject({ user: null });
  });

  test('any text is a status or an OpsError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        try {
          parseStatus(text);
        } catch (error) {
          expect(error).toBeInstanceOf(OpsError);
        }
      }),
    );
  });
});

type Path = readonly string[];

/** Every place in a JSON value, inner ones included. */
function leaves(json: unknown, at: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [at];
  return [...(at.length > 0 ? [at] : []), ...Object.entries(json).flatMap(([key, value]) => leaves(value, [...at, key]))];
}

function replace(json: Record<string, unknown>, path: Path, value: unknown): void {
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce((node, key) => node[key] as Record<string, unknown>, json);
  parent[last] = value;
}
