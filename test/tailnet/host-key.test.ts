import { expect, test } from 'vitest';
import { fingerprint, keyType, parseHostKey, parseHostKeys } from '../../src/tailnet/host-key.ts';
import { keyscanCommand, parseKeyscan } from '../../src/tailnet/keyscan.ts';
import { knownHosts } from '../../src/tailnet/known-hosts.ts';
import { fixture } from './fixture.ts';
import { makeKey, makePin } from './nodes.ts';

const ed25519 = makeKey('web1');
const rsa = makeKey('web1', 'ssh-rsa');

test('a host key is its type and its blob, and the blob says the same type', () => {
  expect(parseHostKey(`${ed25519} root@web1\n`)).toBe(ed25519);
  expect(parseHostKey(ed25519.replace('ssh-ed25519', 'ssh-rsa'))).toBeNull();
  expect(parseHostKey(ed25519.slice(0, 30))).toBeNull();
  expect(parseHostKey('ssh-ed25519 AAAA')).toBeNull();
  expect(parseHostKey('@revoked ssh-ed25519 AAAA')).toBeNull();
  expect(parseHostKey('')).toBeNull();
});

test('several keys are sorted, each once, the bad ones left out', () => {
  expect(parseHostKeys([rsa, ed25519, `${rsa} again`, 'ssh-ed25519 AAAA..'])).toEqual([ed25519, rsa]);
});

test('the fingerprint is the one that ssh-keygen -l shows', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  expect(fingerprint(key)).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});

test('ssh-keyscan is asked for three types, with its own time limit and an ended option list', () => {
  expect(keyscanCommand('100.64.0.2', 2222)).toMatchObject({
    program: 'ssh-keyscan',
    args: ['-T', '5', '-p', '2222', '-t', 'ed25519,ecdsa,rsa', '--', '100.64.0.2'],
    mutates: false,
  });
});

test('ssh-keyscan output: plain and bracketed names, comments on stdout', () => {
  const stdout = `# 100.64.0.2:22 SSH-2.0-OpenSSH_9.2p1\n100.64.0.2 ${ed25519}\n# x\n[100.64.0.2]:2222 ${rsa}\n\n`;
  expect(parseKeyscan(stdout)).toEqual([ed25519, rsa]);
  expect(parseKeyscan('')).toEqual([]);
});

test('as recorded: the same keys on both ports of one sshd', () => {
  const keys = parseKeyscan(fixture('recorded/keyscan-22.txt'));
  expect(keys.map(keyType)).toEqual(['ecdsa-sha2-nistp256', 'ssh-ed25519']);
  expect(parseKeyscan(fixture('recorded/keyscan-2222.txt'))).toEqual(keys);
});

test('known_hosts has one line a key, by FQDN alone', () => {
  const pins = [makePin('web1', { hostKeys: [ed25519, rsa] }), makePin('web2')];
  expect(knownHosts(pins)).toBe(`web1.lab.test ${ed25519}\nweb1.lab.test ${rsa}\nweb2.lab.test ${makeKey('web2')}\n`);
  expect(knownHosts([])).toBe('');
});

test.each(['*', 'web1,web2', '@cert-authority', 'web1\nweb2', '', '-x'])('known_hosts speaks for no name like %j', fqdn => {
  expect(() => knownHosts([{ fqdn, hostKeys: [ed25519] }])).toThrow(/no line of known_hosts/);
  expect(() => knownHosts([{ fqdn: 'web1', hostKeys: [`${ed25519}\nweb2 ${ed25519}`] }])).toThrow(/no line of known_hosts/);
});
