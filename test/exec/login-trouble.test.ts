import { expect, test } from 'vitest';
import { classifyFailedLook, classifyRemoteFailure } from '../../src/exec/classify.ts';
import type { Result } from '../../src/exec/runner.ts';

const ended = (part: Partial<Result>): Result => ({
  exit: 255,
  reason: 'exited',
  stdout: '',
  stderr: '',
  durationMs: 1_000,
  ...part,
});
const CLOSED = 'Connection closed by 100.64.0.1 port 22';
const DENIED = 'deploy@web1.lab.test: Permission denied (publickey).';
const NONCE = '0123456789abcdef'.repeat(2);

// As OpenSSH 9.2 and Debian 12 print them.
test.each<[string, Partial<Result>, string, string]>([
  [
    'an expired password',
    { exit: 1, stderr: 'WARNING: Your password has expired.\nPassword change required but no TTY available.\n' },
    'password-expired',
    'ssh-denied',
  ],
  [
    'an expired account',
    { stderr: `Your account has expired; please contact your system administrator.\n\n${CLOSED}\n` },
    'account-expired',
    'ssh-denied',
  ],
  [
    '/run/nologin',
    {
      stderr: `"System is going down. Unprivileged users are not permitted to log in anymore. See pam_nologin(8)."\n\n${CLOSED}\n`,
    },
    'logins-closed',
    'ssh-denied',
  ],
  ['/etc/nologin with words of its own', { stderr: `back at noon\n\n${CLOSED}\n` }, 'login-closed', 'ssh-denied'],
  ['an empty /run/nologin', { stderr: `${CLOSED}\n` }, 'login-closed', 'ssh-denied'],
  ['nologin', { exit: 1, stdout: 'This account is currently not available.\n' }, 'ssh-nologin', 'ssh-denied'],
  ['/bin/false', { exit: 1 }, 'login-ended', 'ssh-denied'],
  ['internal-sftp', { exit: 1, stdout: 'This service allows sftp connections only.\n' }, 'login-restricted', 'ssh-denied'],
  ['git-shell', { exit: 128, stderr: "fatal: unrecognized command '/bin/sh -c x'\n" }, 'login-restricted', 'ssh-denied'],
  ['a forced command', { exit: 0, stdout: 'backup of web1\ndone\n' }, 'login-ended', 'ssh-denied'],
  ['a start-up file that prints and exits', { exit: 3, stdout: 'hello\n', stderr: 'bye\n' }, 'login-ended', 'ssh-denied'],
  ['a wrong key', { stderr: `${DENIED}\n` }, 'ssh-denied', 'ssh-denied'],
  [
    'too many keys',
    { stderr: 'Received disconnect from 100.64.0.1 port 22:2: Too many authentication failures\nDisconnected from 100.64.0.1\n' },
    'ssh-denied',
    'ssh-denied',
  ],
  [
    'a key that is not there',
    { stderr: `no such identity: /k: No such file or directory\n${DENIED}\n` },
    'key-unusable',
    'credential-missing',
  ],
  [
    'a key that may not be read',
    { stderr: `Load key "/k": Permission denied\n${DENIED}\n` },
    'key-unusable',
    'credential-missing',
  ],
  ['half a key', { stderr: `Load key "/k": error in libcrypto\n${DENIED}\n` }, 'key-unusable', 'credential-missing'],
  [
    'a Banner that speaks of denials, in front of an expired account',
    {
      stderr: `Permission denied to all but staff.\nYour account has expired; please contact your system administrator.\n${CLOSED}\n`,
    },
    'account-expired',
    'ssh-denied',
  ],
  [
    'a Banner that speaks of refusals, and a login shell that exits',
    { exit: 1, stderr: 'Permission denied. Connection refused. Load key "x": y\n' },
    'login-ended',
    'ssh-denied',
  ],
  [
    'a Banner that speaks of expiry, and a wrong key',
    { stderr: `Your account has expired? Call us.\n${DENIED}\n` },
    'ssh-denied',
    'ssh-denied',
  ],
  [
    'sshd that takes none for now',
    { stderr: `kex_exchange_identification: Connection closed by remote host\n${CLOSED}\n` },
    'ssh-turned-away',
    'host-silent',
  ],
  [
    'the same, over a route that resets',
    { stderr: 'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 100.64.0.1 port 22\n' },
    'ssh-turned-away',
    'host-silent',
  ],
  ['a connection that breaks', { stderr: 'client_loop: send disconnect: Broken pipe\n' }, 'connection-lost', 'host-silent'],
  ['a program that was killed half-way', { exit: 137, stdout: `@${NONCE} user deploy\n` }, 'connection-lost', 'host-silent'],
  ['no answer in time', { exit: null, reason: 'deadline' }, 'remote-deadline', 'timeout'],
])('%s has a name at the first look', (_what, part, code, exit) => {
  expect(classifyFailedLook(ended(part), 'web1')).toMatchObject({ code, exit });
});

test.each<[string, Partial<Result>, string]>([
  [
    'words that a program may have printed itself',
    { exit: 1, stdout: 'This account is currently not available.\n' },
    'outcome-unknown',
  ],
  ['no word at all', { exit: 1 }, 'outcome-unknown'],
  ['a denial that is not of ssh', { exit: 1, stderr: `${DENIED}\n` }, 'outcome-unknown'],
  ['a broken connection', { stderr: 'client_loop: send disconnect: Broken pipe\n' }, 'outcome-unknown'],
  ['a login that was refused', { stderr: `${DENIED}\n` }, 'ssh-denied'],
])('what may have changed something: %s', (_what, part, code) => {
  expect(classifyRemoteFailure(ended(part), 'web1')).toMatchObject({ code });
});

test('the message says what the host said last, and which key it was', () => {
  const message = (part: Partial<Result>) => classifyFailedLook(ended(part), 'web1').message;
  expect(message({ stderr: `back at noon\n\n${CLOSED}\n` })).toBe(
    'web1 ended the login without letting anybody in: back at noon',
  );
  expect(message({ exit: 0, stdout: 'backup of web1\ndone\n' })).toMatch(/\(exit 0\) before the program of ops began: done$/);
  expect(message({ stderr: `no such identity: /home/d/k: No such file or directory\n${DENIED}\n` })).toBe(
    'web1 was not offered the key /home/d/k: No such file or directory',
  );
  expect(message({ stderr: `Permissions 0644 for '/k' are too open.\nLoad key "/k": bad permissions\n${DENIED}\n` })).toBe(
    'web1 was not offered the key /k: bad permissions',
  );
});
