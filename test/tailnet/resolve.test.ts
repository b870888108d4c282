import { describe, expect, test } from 'vitest';
import { isSelf, peerIp, requireOneName, resolveHost } from '../../src/tailnet/resolve.ts';
import { makePeer, makeStatus, thrown } from './nodes.ts';

const web1 = makePeer('web1', { ips: ['100.64.0.2', 'fd7a:115c:a1e0::2'] });
const web2 = makePeer('web2', { ips: ['100.64.0.3'] });
const uaonvps = makePeer('uaonvps', { hostName: 'srv1360701', ips: ['100.64.0.4'] });
const sharedIn = makePeer('db', { fqdn: 'db.other.test', ips: ['100.64.0.5'] });
const sharee = makePeer('guest', { fqdn: 'guest.lab.test', ips: ['100.64.0.6'], shared: true });
const nameless = makePeer('x', { fqdn: '', ips: ['100.64.0.7'] });
const status = makeStatus([web1, web2, uaonvps, sharedIn, sharee, nameless]);

describe('resolveHost finds exactly one', () => {
  test.each([
    ['web1', 'web1.lab.test'],
    ['WEB1', 'web1.lab.test'],
    ['web1.lab.test', 'web1.lab.test'],
    ['Web1.Lab.Test.', 'web1.lab.test'],
    ['100.64.0.3', 'web2.lab.test'],
    ['fd7a:115c:a1e0::2', 'web1.lab.test'],
    ['FD7A:115C:A1E0:0:0:0:0:2', 'web1.lab.test'],
    ['db.other.test', 'db.other.test'],
    ['op', 'op.lab.test'],
    ['100.64.0.1', 'op.lab.test'],
  ])('%s → %s', (name, fqdn) => {
    expect(resolveHost(name, status).fqdn).toBe(fqdn);
  });
});

describe('one node under two names of ops.yaml', () => {
  const host = (id: string, name = id, local = false) => ({ id, name, local });

  test.each([
    ['its full name', web1, [host('web1'), host('old', 'web1.lab.test')], 'web1 and old of ops.yaml are one node: web1.lab.test'],
    ['its address', web1, [host('web1'), host('web2'), host('ip', 'fd7a:115c:a1e0::2')], 'web1 and ip of ops.yaml are one node'],
    ['this machine', status.self!, [host('local', 'local', true), host('op')], 'local and op of ops.yaml are one node'],
  ])('%s', (_, node, hosts, message) => {
    const error = thrown(() => requireOneName(node, hosts, status));
    expect(error).toMatchObject({ code: 'peer-named-twice', exitCode: 2, message: expect.stringContaining(message) });
    expect(error.hints).toEqual([`leave one of them in ops.yaml, or ask one at a time: -H ${hosts[0]!.id}`]);
  });

  test('several nodes, and a name that nobody has, are none', () => {
    requireOneName(web1, [host('web1'), host('web2'), host('local', 'local', true), host('nowhere')], status);
  });
});

describe('resolveHost says why not', () => {
  test.each([
    ['web', 'names that are near', /Nearest names here: web1, web2\./],
    ['web1.lab.tset', 'near FQDNs', /Nearest names here: web1\.lab\.test/],
    [
      'srv1360701',
      'the device name of another MagicDNS name',
      /A device calls itself srv1360701: its MagicDNS name is uaonvps\.lab\.test\./,
    ],
    ['db', 'a node of another tailnet is no base name here', /is not in lab\.test/],
    ['guest', 'a sharee is no host', /is not in lab\.test/],
    ['10.0.0.5', 'an address outside', /10\.0\.0\.5 is no node's address in lab\.test/],
    ['100.64.0.7', 'a node without a name', /no node's address/],
    ['', 'nothing', /is not in lab\.test/],
  ])('%s: %s', (name, _why, message) => {
    const error = thrown(() => resolveHost(name, status));
    expect(error).toMatchObject({ code: 'peer-unknown', exitCode: 12 });
    expect(error.message).toMatch(message);
  });

  test('an unknown name may be hidden by an access rule, and that is said', () => {
    expect(thrown(() => resolveHost('nowhere', status)).message).toContain('an access rule hides it from this machine');
  });

  test('two nodes with one base name are ambiguous, both named with their addresses', () => {
    const alice = makePeer('web1', { fqdn: 'web1.alice.lab.test', ips: ['100.64.0.8'] });
    const error = thrown(() => resolveHost('web1', makeStatus([web1, alice])));
    expect(error).toMatchObject({ code: 'peer-ambiguous', exitCode: 12 });
    expect(error.message).toBe('web1 could be web1.lab.test (100.64.0.2) or web1.alice.lab.test (100.64.0.8)');
    expect(resolveHost('web1.alice.lab.test', makeStatus([web1, alice]))).toBe(alice);
  });
});

test('this very machine may be a host, and is known as such', () => {
  expect(isSelf(resolveHost('op', status), status)).toBe(true);
  expect(isSelf(web1, status)).toBe(false);
});

test('a peer is dialled by IPv4 where it has one; without any address it is no host', () => {
  expect(peerIp(web1)).toBe('100.64.0.2');
  expect(thrown(() => peerIp(makePeer('new', { ips: [] })))).toMatchObject({ code: 'peer-no-address', exitCode: 12 });
});
