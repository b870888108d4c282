import { describe, expect, test } from 'vitest';
import type { Config, HostConfig } from '../../src/config/types.ts';
import { inventory, readInventory } from '../../src/tailnet/inventory.ts';
import type { Peer, Pin } from '../../src/tailnet/types.ts';
import { fixture } from './fixture.ts';
import { makeKey, makePeer, makePin, makeStatus } from './nodes.ts';
import { ScriptedRunner } from './scripted-runner.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

function makeConfig(...ids: string[]): Pick<Config, 'hosts' | 'checks'> {
  const host = (id: string): HostConfig => ({
    id,
    local: id === 'local',
    name: id,
    user: 'deploy',
    port: 22,
    auth: 'keys',
    key: null,
    privilege: 'sudo',
  });
  return {
    hosts: Object.fromEntries(ids.map(id => [id, host(id)])),
    checks: { diskWarn: 85, diskFail: 95, clockSkewWarnMs: 5_000, keyExpiryWarnDays: 14 },
  };
}

const rowOf = (peer: Partial<Peer>, pins: Pin[] = [makePin('web1')]) => {
  const [row] = inventory(makeConfig('web1'), makeStatus([makePeer('web1', peer)]), pins, NOW);
  return row!;
};

test('a healthy, pinned host', () => {
  expect(rowOf({ ips: ['100.64.0.2'], tags: ['tag:server'], user: null })).toEqual({
    id: 'web1',
    name: 'web1',
    self: false,
    stableId: '1',
    fqdn: 'web1.lab.test',
    ip: '100.64.0.2',
    os: 'linux',
    tags: ['tag:server'],
    user: null,
    online: true,
    keyExpiry: null,
    lastSeen: null,
    tailscaleSsh: false,
    path: null,
    pin: 'pinned',
    findings: [],
  });
});

describe('findings, each with a command', () => {
  test.each<[string, Partial<Peer>, Pin[], string, string]>([
    ['offline', { online: false }, [makePin('web1')], 'peer-offline', 'pinned'],
    ['expired', { expired: true }, [makePin('web1')], 'peer-expired', 'pinned'],
    ['expiring', { keyExpiry: '2026-11-24T12:00:00Z' }, [makePin('web1')], 'peer-expiring', 'pinned'],
    ['no pin', {}, [], 'pin-missing', 'missing'],
    ['another node', { stableId: '7' }, [makePin('web1')], 'pin-changed', 'changed'],
    ['another key, vouched for', { sshHostKeys: [makeKey('new')] }, [makePin('web1')], 'pin-changed', 'changed'],
  ])('%s', (_what, peer, pins, code, pin) => {
    const row = rowOf(peer, pins);
    expect(row.pin).toBe(pin);
    expect(row.findings.map(finding => finding.code)).toEqual([code]);
    expect(row.findings[0]?.remedies).not.toEqual([]);
  });

  test('a host that the tailnet does not know is a row too', () => {
    const [row] = inventory(makeConfig('web7'), makeStatus([makePeer('web1')]), [], NOW);
    expect(row).toMatchObject({ id: 'web7', fqdn: null, online: null, findings: [{ code: 'peer-unknown' }] });
    expect(row?.findings[0]?.message).toContain('Nearest names here: web1.');
  });
});

test('the machine itself needs no pin', () => {
  const [row] = inventory(makeConfig('local'), makeStatus([]), [], NOW);
  expect(row).toMatchObject({ id: 'local', fqdn: 'op.lab.test', self: true, pin: 'none', findings: [] });
});

describe('readInventory', () => {
  const status = makeStatus([
    makePeer('web1', { ips: ['100.64.0.2'] }),
    makePeer('web2', { ips: ['100.64.0.3'], online: false }),
    makePeer('web3', { ips: ['100.64.0.4'], expired: true }),
  ]);
  const tailnet = { cli: { program: 'tailscale' }, status };
  const config = makeConfig('web3', 'local', 'web1', 'web2', 'nowhere');

  test('pings those that can answer, nobody else, and sorts by id', async () => {
    const runner = new ScriptedRunner(() => ({ stdout: fixture('recorded/ping-direct.json') }));
    const rows = await readInventory(runner, config, tailnet, [], { now: NOW, ping: true });
    expect(rows.map(row => [row.id, row.path?.ok ?? null])).toEqual([
      ['local', null],
      ['nowhere', null],
      ['web1', true],
      ['web2', null],
      ['web3', null],
    ]);
    expect(runner.ran).toHaveLength(1);
  });

  test('asks nothing when told not to, and survives JSON', async () => {
    const runner = new ScriptedRunner(() => ({}));
    const rows = await readInventory(runner, config, tailnet, [], { now: NOW, ping: false });
    expect(runner.ran).toEqual([]);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });
});
