import { describe, expect, test } from 'vitest';
import type { BrowserCheck } from '../../src/exec/browser-check.ts';
import { classifyRemoteFailure } from '../../src/exec/classify.ts';
import type { Result } from '../../src/exec/runner.ts';

const failed = (stderr: string, overrides: Partial<Result> = {}): Result => ({
  exit: 255,
  reason: 'exited',
  stdout: '',
  stderr,
  durationMs: 10_000,
  ...overrides,
});

// Lines as OpenSSH 9.2, Tailscale SSH 1.102, headscale 0.29, sudo and doas print them.
test.each([
  ['ssh: connect to host 100.64.0.1 port 22: Connection refused', 'ssh-refused', 'host-silent'],
  ['ssh: connect to host 100.64.0.1 port 22: Connection timed out', 'ssh-timeout', 'host-silent'],
  ['ssh: connect to host 100.64.0.1 port 22: No route to host', 'ssh-unreachable', 'host-silent'],
  ['deploy@web1.lab.test: Permission denied (publickey).', 'ssh-denied', 'ssh-denied'],
  [
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.',
    'host-key-mismatch',
    'identity-mismatch',
  ],
  [
    'No ED25519 host key is known for web1.lab.test and you have requested strict checking.\nHost key verification failed.',
    'host-key-mismatch',
    'identity-mismatch',
  ],
  ['tailscale: tailnet policy does not permit you to SSH as user "root"', 'ssh-policy', 'ssh-denied'],
  [
    '# Headscale SSH requires an additional check.\n# To authenticate, visit: http://10.77.0.2:8080/auth/x',
    'interactive-check',
    'interactive-check',
  ],
  ['# Tailscale SSH requires an additional check.', 'interactive-check', 'interactive-check'],
  ['sudo: a password is required', 'privilege-denied', 'privilege-denied'],
  ['doas: Authentication required', 'privilege-denied', 'privilege-denied'],
  ['bind 100.64.0.9: Cannot assign requested address', 'not-our-address', 'not-connected'],
])('%s', (stderr, code, exit) => {
  expect(classifyRemoteFailure(failed(stderr), 'web1')).toMatchObject({ code, exit });
});

describe('the address of the additional check', () => {
  const check = (url: string) =>
    classifyRemoteFailure(
      failed(`# Tailscale SSH requires an additional check.\n# To authenticate, visit: ${url}`),
      'web1',
    ) as BrowserCheck;
  const said = ({ message, hints, details }: BrowserCheck) => JSON.stringify([message, hints, details]);

  test("is offered when it is Tailscale's own, or that of the server that controls the tailnet", () => {
    expect(check('https://login.tailscale.com/a/1').hints).toEqual([
      'open https://login.tailscale.com/a/1 and run the command again',
    ]);
    const own = check('http://10.77.0.2:8080/auth/x');
    expect(own.isWithheld).toBe(true);
    expect(own.knowing('http://10.77.0.2:8080').details).toEqual({ url: 'http://10.77.0.2:8080/auth/x' });
  });

  test.each([
    'https://login.tailscale.com.evil.test/a/secret',
    'https://login.tailscale.com@evil.test/a/secret',
    'http://login.tailscale.com/a/secret',
    'https://evil.test/secret',
    'javascript:secret',
    'file:///secret',
    '$(secret)',
  ])('is shown to nobody when it is not: %s', url => {
    for (const error of [check(url), check(url).knowing('https://control.test'), check(url).knowing(null)])
      expect(said(error)).not.toContain('secret');
  });

  test('whose it is instead is said by its name', () => {
    expect(check('https://evil.test/secret').message).toContain('at evil.test, and nobody says');
  });
});

test('255 without a reason is unknown: neither failed nor ok', () => {
  expect(classifyRemoteFailure(failed(''), 'web1')).toMatchObject({ code: 'outcome-unknown', exit: 'unknown' });
  expect(classifyRemoteFailure(failed('client_loop: send disconnect: Broken pipe'), 'web1')).toMatchObject({ exit: 'unknown' });
  expect(classifyRemoteFailure(failed('', { exit: 0 }), 'web1')).toMatchObject({ exit: 'unknown' });
});

test('a deadline, an interruption and a missing ssh are themselves', () => {
  expect(classifyRemoteFailure(failed('', { reason: 'deadline', exit: null }), 'web1')).toMatchObject({ exit: 'timeout' });
  expect(classifyRemoteFailure(failed('', { reason: 'canceled', exit: null }), 'web1')).toMatchObject({ exit: 'interrupted' });
  expect(classifyRemoteFailure(failed('', { reason: 'not-found', exit: null }), 'web1')).toMatchObject({ code: 'ssh-missing' });
});

const DENIED = 'deploy@web1.lab.test: Permission denied (publickey).';
test.each([
  ['key-unusable', 'Load key "/home/dev/.ssh/id_ed25519": invalid format', /^ssh-keygen -y -f \/home\/dev\/\.ssh\/id_ed25519 /],
  ['key-unusable', 'Load key "/home/dev/.ssh/id_ed25519": error in libcrypto', /^ssh-keygen -y -f /],
  ['key-unusable', 'Load key "/home/dev/my key": bad permissions', /^chmod 600 '\/home\/dev\/my key'$/],
  ['key-unusable', 'no such identity: /home/dev/.ssh/gone: No such file or directory', /^ls -l \/home\/dev\/\.ssh\/gone$/],
  ['ssh-denied', 'Received disconnect from 100.64.0.1 port 22:2: Too many authentication failures', /^hosts\.web1\.key: /],
  ['ssh-denied', 'Nothing of the kind', /ssh-add -l$/],
])('%s, %s: the hint can cure it', (code, line, hint) => {
  const error = classifyRemoteFailure(failed(`${line}\n${DENIED}`), 'web1');
  expect(error.code).toBe(code);
  expect(error.hints[0]).toMatch(hint);
});
