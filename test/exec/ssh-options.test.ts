import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { keyFile } from '../../src/config/fields.ts';
import { LocalRunner } from '../../src/exec/local.ts';
import { type SshTarget, sshOptions } from '../../src/exec/ssh-options.ts';
import { readLocalTools } from '../../src/preflight/local-tools.ts';
import { TARGET } from './ssh-target.ts';

const { ssh: client } = await readLocalTools(new LocalRunner());
const target: SshTarget = { ...TARGET, client };

test.each([
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UserKnownHostsFile=/run/ops/kh',
  'VerifyHostKeyDNS=no',
  'KnownHostsCommand=none',
  'UpdateHostKeys=no',
  'HostName=100.64.0.1',
  'HostKeyAlias=web1.lab.test',
  'BindAddress=100.64.0.9',
  'Port=2222',
  'RemoteCommand=none',
  'ProxyJump=none',
  'ProxyCommand=none',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
])('%s is on the command line, where it wins', option => {
  expect(sshOptions(target)).toContain(option);
});

test('a confirm connection shares nothing', () => {
  expect(sshOptions(target, 'confirm')).toEqual(expect.arrayContaining(['ControlMaster=no', 'ControlPath=none']));
  expect(sshOptions(target, 'confirm').join()).not.toContain('ControlPath=/run');
});

test.each(['a b', "it's", 'a"b', 'a b/100%h', '#1 key', '\\'])('a path with %j in it is one word for ssh', name => {
  const at = (file: string) => `/tmp/${name}/${file}`;
  const odd = { ...target, key: at('id'), knownHostsFile: at('known'), controlPath: at('socket') };
  const parsed = execFileSync('ssh', ['-G', '-F', 'none', ...sshOptions(odd), 'web1.lab.test'], { encoding: 'utf8' }).split('\n');
  // ssh fills IdentityFile in when it reads the file: -G shows it as it was written.
  expect(parsed).toContain(`identityfile ${at('id').replaceAll('%', '%%')}`);
  expect(parsed.filter(line => /^(userknownhostsfile|controlpath) /.test(line)).map(line => line.replaceAll('%%', '%'))).toEqual([
    `controlpath ${at('socket')}`,
    `userknownhostsfile ${at('known')}`,
  ]);
});

test('whatever key ops.yaml may name, ssh reads that path and nothing else', () => {
  const name = fc.string({ unit: fc.constantFrom(...' %h#=~\\"\'`${}aé-;\n\t'), minLength: 1, maxLength: 8 });
  const key = name.map(each => `/keys/${each}`).filter(path => keyFile.safeParse(path).success);
  fc.assert(
    fc.property(key, path => {
      const args = ['-G', '-F', 'none', ...sshOptions({ ...target, key: path }), 'web1.lab.test'];
      const parsed = execFileSync('ssh', args, { encoding: 'utf8' });
      expect(parsed.split('\n').filter(line => line.startsWith('identityfile '))).toEqual([
        `identityfile ${path.replaceAll('%', '%%')}`,
      ]);
      expect(parsed).not.toMatch(/^(proxy|local)command |^include /m);
    }),
    { numRuns: 40 },
  );
});

test.each(['/k/a"b', "/k/a'b", '/k/a`b', '/k/${HOME}', '/k/a\nb', '/k/a\tb', '/k/a\\b', `/k/id' -F /tmp/evil '`])(
  'a key at %j is not one that ops.yaml may name',
  path => {
    expect(keyFile.safeParse(path).success).toBe(false);
  },
);

test('whatever the words of the proxy are, ssh starts exactly them, or, with a backslash, nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ops-proxy-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const program = join(dir, 'proxy');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\0' "$@" >'${dir}/heard'\n`, { mode: 0o755 });
  const word = fc.string({ unit: fc.constantFrom(...' %h#=~\\"\'`${}aé-;&|<>*()'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), words => {
      const proxied = { ...target, bind: null, proxy: [program, ...words], controlPath: join(dir, 'c0') };
      spawnSync('ssh', ['-F', 'none', ...sshOptions(proxied), '--', 'web1.lab.test'], { timeout: 10_000 });
      const heard = existsSync(join(dir, 'heard')) ? readFileSync(join(dir, 'heard'), 'utf8').split('\0').slice(0, -1) : null;
      rmSync(join(dir, 'heard'), { force: true });
      if (heard !== null || !words.join().includes('\\')) expect(heard).toEqual(words);
    }),
    { numRuns: 25 },
  );
});

test('a key that ops.yaml names is the only one', () => {
  expect(sshOptions({ ...target, key: '/home/dev/.ssh/id' })).toEqual(
    expect.arrayContaining(['IdentityFile=/home/dev/.ssh/id', 'IdentitiesOnly=yes']),
  );
});

test('without a TUN device tailscale itself carries the connection, and nothing is bound', () => {
  const options = sshOptions({ ...target, bind: null, proxy: ['tailscale', 'nc', '100.64.0.1', '22'] });
  expect(options).toContain('ProxyCommand=tailscale nc 100.64.0.1 22');
  expect(options.join()).not.toContain('BindAddress');
});

/** What ssh makes of our options and this configuration of the person's, as it says itself: its effective options. */
function effective(config: string, options = sshOptions(target)): Map<string, string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'ops-ssh-')), 'config');
  onTestFinished(() => rmSync(join(file, '..'), { recursive: true }));
  writeFileSync(file, config);
  const args = ['-G', '-F', file, ...options, '-l', target.user, '--', target.fqdn];
  const lines = execFileSync('ssh', args, { encoding: 'utf8' }).trimEnd().split('\n');
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const [name = '', ...rest] = line.split(' ');
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), rest.join(' ')]);
  }
  return values;
}

test('ssh accepts every option: its own parser says so', () => {
  const parsed = Object.fromEntries(effective(''));
  expect(parsed).toMatchObject({ hostname: ['100.64.0.1'], hostkeyalias: ['web1.lab.test'], stricthostkeychecking: ['true'] });
  expect(parsed.kexalgorithms?.[0]).toMatch(/^curve25519-sha256,/);
});

/** The person's own to decide: keys, agents, ways to prove who they are, and which algorithms are good enough. */
const THEIRS = [
  // Clients of other versions know other options.
  'IgnoreUnknown *',
  'AddKeysToAgent yes',
  'CASignatureAlgorithms ssh-ed25519',
  'CertificateFile /cert',
  'Ciphers aes256-ctr',
  'FingerprintHash md5',
  'GSSAPIAuthentication yes',
  'HostbasedAcceptedAlgorithms ssh-ed25519',
  'HostbasedAuthentication yes',
  'HostKeyAlgorithms ssh-ed25519',
  'IdentitiesOnly yes',
  'IdentityAgent /agent',
  'IdentityFile /theirs',
  'IPQoS none',
  'KbdInteractiveAuthentication no',
  'KbdInteractiveDevices pam',
  'MACs hmac-sha2-256',
  'PasswordAuthentication no',
  'PKCS11Provider /pkcs11',
  'PreferredAuthentications publickey',
  'PubkeyAcceptedAlgorithms ssh-ed25519',
  'PubkeyAuthentication no',
  'RekeyLimit 1M',
  'RequiredRSASize 4096',
  'RevokedHostKeys /revoked',
  'SecurityKeyProvider /sk',
  'SyslogFacility LOCAL7',
  'TCPKeepAlive no',
];
/** Means nothing, since what it is about is fixed, or happens nowhere. */
const IDLE = [
  'BindInterface lo',
  'CanonicalDomains example.com',
  'CanonicalizeFallbackLocal no',
  'CanonicalizeMaxDots 5',
  'CanonicalizePermittedCNAMEs *:*',
  'EnableEscapeCommandline yes',
  'EnableSSHKeysign yes',
  'ExitOnForwardFailure yes',
  'ForwardX11Timeout 1',
  'ForwardX11Trusted yes',
  'GatewayPorts yes',
  'HashKnownHosts yes',
  'LocalCommand touch /tmp/theirs',
  'NumberOfPasswordPrompts 9',
  'PermitRemoteOpen none',
  'SendEnv *',
  'StreamLocalBindMask 0000',
  'StreamLocalBindUnlink yes',
  'TunnelDevice 7:7',
  'XAuthLocation /xauth',
];
const OURS = [
  'AddressFamily inet6',
  'BatchMode no',
  'BindAddress 127.0.0.9',
  'CanonicalizeHostname always',
  'CheckHostIP yes',
  'ClearAllForwardings no',
  'Compression yes',
  'ConnectionAttempts 7',
  'ConnectTimeout 700',
  'ControlMaster ask',
  'ControlPath /tmp/theirs',
  'ControlPersist yes',
  'DynamicForward 1080',
  'EscapeChar ^]',
  'ForkAfterAuthentication yes',
  'ForwardAgent yes',
  'ForwardX11 yes',
  'GlobalKnownHostsFile /theirs',
  'GSSAPIDelegateCredentials yes',
  'HostKeyAlias theirs',
  'Hostname 203.0.113.1',
  'KexAlgorithms ecdh-sha2-nistp256',
  'KnownHostsCommand /bin/true',
  'LocalForward 1081 localhost:1',
  'LogLevel DEBUG3',
  'LogVerbose *:*:*',
  'NoHostAuthenticationForLocalhost yes',
  'PermitLocalCommand yes',
  'Port 2200',
  'ProxyCommand /bin/false',
  'ProxyUseFdpass yes',
  'RemoteCommand false',
  'RemoteForward 1082 localhost:1',
  'RequestTTY force',
  'ServerAliveCountMax 99',
  'ServerAliveInterval 99',
  'SessionType none',
  'SetEnv LC_ALL=de_DE.UTF-8',
  'StdinNull yes',
  'StrictHostKeyChecking no',
  'Tunnel yes',
  'UpdateHostKeys yes',
  'User theirs',
  'UserKnownHostsFile /theirs',
  'VerifyHostKeyDNS yes',
  'VisualHostKey yes',
  'ChannelTimeout session=1s',
  'WarnWeakCrypto yes',
];
const keyOf = (line: string) => line.split(' ')[0]!.toLowerCase();

test("of a person's ssh configuration only what leads to keys and algorithms counts, whatever it says", () => {
  const config = [...THEIRS, ...IDLE, ...OURS].join('\n');
  for (const options of [sshOptions(target), sshOptions(target, 'confirm')]) {
    const [mine, theirs] = [effective('', options), effective(config, options)];
    const changed = [...new Set([...mine.keys(), ...theirs.keys()])].filter(
      key => JSON.stringify(mine.get(key)) !== JSON.stringify(theirs.get(key)),
    );
    expect(changed.filter(key => ![...THEIRS, ...IDLE].map(keyOf).includes(key))).toEqual([]);
    // What is theirs has to come through: an option of ours that took its place would be a change for them.
    expect(changed).toEqual(
      expect.arrayContaining(['identityfile', 'identityagent', 'identitiesonly', 'ciphers', 'certificatefile']),
    );
  }
});

test('an address that --via names is dialled from any address of ours, whatever BindAddress says', () => {
  const round = (address: string) => sshOptions({ ...target, address, bind: null });
  expect(effective('BindAddress 100.64.0.9', round('192.0.2.1')).get('bindaddress')).toEqual(['0.0.0.0']);
  expect(effective('BindAddress 100.64.0.9', round('2001:db8::1')).get('bindaddress')).toEqual(['::']);
  expect(round('rescue.example.com').join()).not.toContain('BindAddress');
});

test("a person's IgnoreUnknown goes on to count", () => {
  expect(effective('IgnoreUnknown UseKeychain\nUseKeychain yes\n').get('user')).toEqual(['deploy']);
});

test.each([
  ['8.0', [], ['KnownHostsCommand=none', 'StdinNull=no', 'ChannelTimeout=none', 'WarnWeakCrypto=no']],
  ['8.5', ['KnownHostsCommand=none'], ['StdinNull=no', 'ChannelTimeout=none']],
  ['8.7', ['KnownHostsCommand=none', 'SessionType=default', 'StdinNull=no'], ['ChannelTimeout=none']],
  ['9.6', ['KnownHostsCommand=none', 'ForkAfterAuthentication=no', 'ChannelTimeout=none'], ['WarnWeakCrypto=no']],
  ['10.1', ['ChannelTimeout=none', 'WarnWeakCrypto=no'], []],
  [null, ['KnownHostsCommand=none', 'ChannelTimeout=none', 'WarnWeakCrypto=no'], []],
])('OpenSSH %s is given the options that it knows', (version, known, unknown) => {
  const options = sshOptions({ ...target, client: version });
  expect(options).toEqual(expect.arrayContaining(known));
  expect(options.filter(option => (unknown as string[]).includes(option))).toEqual([]);
});

test('Kerberos tickets stay here', () => {
  expect(sshOptions(target)[0]).toBe('-k');
});
