import { describe, expect, test } from 'vitest';
import { comparePin, describeDifference, findPin, type Identity, mismatches } from '../../src/tailnet/compare-pin.ts';
import { makeKey, makePin } from './nodes.ts';

const pin = makePin('web1', { machineId: 'a'.repeat(32), hostKeys: [makeKey('web1'), makeKey('web1', 'ssh-rsa')] });
const same: Identity = {
  suffix: 'lab.test',
  stableId: '1',
  fqdn: 'web1.lab.test',
  hostKeys: pin.hostKeys,
  machineId: 'a'.repeat(32),
};

describe('comparePin', () => {
  test('the same host has no difference, nor does what was not looked at', () => {
    expect(comparePin(pin, same)).toEqual([]);
    expect(comparePin(pin, { ...same, hostKeys: null, machineId: null })).toEqual([]);
    expect(comparePin({ ...pin, machineId: null }, same)).toEqual([]);
  });

  test.each<[string, Partial<Identity>, string[]]>([
    ['another node took the name', { stableId: '7' }, ['node']],
    ['the node was renamed', { fqdn: 'web9.lab.test' }, ['name']],
    ['another tailnet, where the same node id means nothing', { suffix: 'other.test' }, ['tailnet']],
    ['another tailnet and id: one difference, not two', { suffix: 'other.test', stableId: '7' }, ['tailnet']],
    ['the disk is in another machine', { machineId: 'b'.repeat(32) }, ['machine']],
    ['a rotated key', { hostKeys: [makeKey('new')] }, ['key']],
    ['one rotated key beside one that matches', { hostKeys: [makeKey('new'), makeKey('web1', 'ssh-rsa')] }, ['key']],
    ['only types that are not pinned', { hostKeys: [makeKey('web1', 'ecdsa-sha2-nistp256')] }, ['key']],
    [
      'a further type beside one that matches',
      { hostKeys: [makeKey('web1'), makeKey('web1', 'ecdsa-sha2-nistp256')] },
      ['new-key'],
    ],
    ['a second sshd with its own key', { hostKeys: [makeKey('web1'), makeKey('second')] }, ['new-key']],
    ['fewer keys than pinned', { hostKeys: [makeKey('web1')] }, []],
    [
      'everything at once',
      { stableId: '7', fqdn: 'web9.lab.test', machineId: 'b'.repeat(32), hostKeys: [makeKey('new')] },
      ['node', 'name', 'machine', 'key'],
    ],
  ])('%s', (_what, seen, kinds) => {
    expect(comparePin(pin, { ...same, ...seen }).map(difference => difference.kind)).toEqual(kinds);
  });

  test('a new key is the only difference that leaves the host trusted', () => {
    const differences = comparePin(pin, { ...same, stableId: '7', hostKeys: [makeKey('web1'), makeKey('second')] });
    expect(mismatches(differences).map(difference => difference.kind)).toEqual(['node']);
  });

  test('says both sides, keys by fingerprint', () => {
    const [difference] = comparePin(pin, { ...same, hostKeys: [makeKey('new')] });
    expect(describeDifference(difference!)).toMatch(
      /^other host key: pinned ssh-ed25519 SHA256:\S{43}, shown ssh-ed25519 SHA256:\S{43}$/,
    );
  });
});

describe('findPin', () => {
  const web2 = makePin('web2');
  const pins = [pin, web2];

  test('by name, else by node: a renamed host is found', () => {
    expect(findPin(pins, same)).toBe(pin);
    expect(findPin(pins, { ...same, fqdn: 'web9.lab.test' })).toBe(pin);
    expect(findPin(pins, { suffix: 'lab.test', stableId: '9', fqdn: 'web9.lab.test' })).toBeNull();
  });

  test('the name wins: a node that took a name is held to the pin of that name', () => {
    expect(findPin(pins, { ...same, fqdn: 'web2.lab.test' })).toBe(web2);
  });

  test('a node id of another tailnet finds nothing', () => {
    expect(findPin(pins, { ...same, suffix: 'other.test', fqdn: 'web1.other.test' })).toBeNull();
  });
});
