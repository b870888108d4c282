import { describe, expect, test } from 'vitest';
import { netcatCommand } from '../../src/tailnet/cli.ts';
import { readTailnet } from '../../src/tailnet/tailnet.ts';
import { fixture } from './fixture.ts';
import { notFound, ScriptedRunner } from './scripted-runner.ts';

const running = fixture('recorded/status-running.json');
const APP = '/Applications/Tailscale.app/Contents/MacOS/Tailscale';

describe('which program', () => {
  test('tailscale on PATH: one command, nothing looked up before it', async () => {
    const runner = new ScriptedRunner(() => ({ stdout: running }));
    const tailnet = await readTailnet(runner, {}, 'linux');
    expect(tailnet.status.self?.fqdn).toBe('op.lab.test');
    expect(runner.commands).toEqual(['tailscale status --json']);
    expect(runner.ran[0]).toMatchObject({ mutates: false, environment: 'tailscale' });
    expect(netcatCommand(tailnet.cli, '100.64.0.2', 22)).toEqual(['tailscale', 'nc', '100.64.0.2', '22']);
  });

  test('on macOS the one inside the app', async () => {
    const runner = new ScriptedRunner(spec => (spec.program === APP ? { stdout: running } : notFound));
    const { cli } = await readTailnet(runner, {}, 'darwin');
    expect(cli.program).toBe(APP);
    expect(runner.commands).toEqual(['tailscale status --json', `${APP} status --json`]);
  });

  test.each([
    ['macos-symlink', { exit: null, reason: 'signal' }],
    ['macos-wrapper', { exit: 127 }],
    ['macos-daemon-down', { exit: 1 }],
  ] as const)('on macOS the one inside the app, when the one on PATH says %s', async (name, end) => {
    const broken = { ...end, stderr: fixture(`published/${name}.stderr`) };
    const runner = new ScriptedRunner(spec => (spec.program === APP ? { stdout: running } : broken));
    expect((await readTailnet(runner, {}, 'darwin')).cli.program).toBe(APP);
  });

  test('on macOS what the one on PATH says, when there is no app', async () => {
    const broken = { exit: null, reason: 'signal', stderr: fixture('published/macos-symlink.stderr') } as const;
    const runner = new ScriptedRunner(spec => (spec.program === APP ? notFound : broken));
    await expect(readTailnet(runner, {}, 'darwin')).rejects.toMatchObject({
      code: 'daemon-down',
      message: expect.stringContaining('bundleIdentifier is unknown'),
    });
  });

  test('OPS_TAILSCALE is the only one tried', async () => {
    const runner = new ScriptedRunner(() => notFound);
    await expect(readTailnet(runner, { OPS_TAILSCALE: '/opt/ts' }, 'darwin')).rejects.toMatchObject({
      code: 'tailscale-missing',
      exitCode: 10,
      message: 'the tailscale program is not on this machine (tried /opt/ts)',
    });
    expect(runner.commands).toEqual(['/opt/ts status --json']);
  });

  test('a file that cannot be started is no tailscale program', async () => {
    const runner = new ScriptedRunner(() => ({ exit: null, reason: 'not-started' }));
    await expect(readTailnet(runner, { OPS_TAILSCALE: '/etc/passwd' }, 'linux')).rejects.toMatchObject({
      code: 'tailscale-missing',
    });
  });

  test.each([
    ['linux', 'curl -fsSL https://tailscale.com/install.sh | sh && sudo tailscale up'],
    ['darwin', 'brew install --cask tailscale-app'],
  ] as const)('nowhere on %s: how to install it', async (platform, hint) => {
    const runner = new ScriptedRunner(() => notFound);
    await expect(readTailnet(runner, {}, platform)).rejects.toMatchObject({
      code: 'tailscale-missing',
      hints: [hint, expect.any(String)],
    });
  });
});

describe('no answer from the daemon', () => {
  test.each([
    [
      'not running',
      'linux',
      { exit: 1, stderr: fixture('recorded/daemon-down.stderr') },
      'daemon-down',
      'sudo systemctl start tailscaled',
    ],
    [
      'a socket that this user may not open',
      'linux',
      { exit: 1, stderr: fixture('recorded/daemon-denied.stderr') },
      'daemon-denied',
      /^ls -ld/,
    ],
    [
      'running without answering',
      'linux',
      { exit: 1, stderr: fixture('constructed/daemon-stuck.stderr') },
      'daemon-silent',
      'sudo systemctl restart tailscaled',
    ],
    ['hanging', 'linux', { exit: null, reason: 'deadline' }, 'daemon-silent', 'sudo systemctl restart tailscaled'],
    [
      'not running on macOS',
      'darwin',
      { exit: 1, stderr: fixture('published/macos-daemon-down.stderr') },
      'daemon-down',
      'open -a Tailscale',
    ],
    [
      'the macOS app that cannot start: prose on stdout, exit 0',
      'darwin',
      { exit: 0, stdout: fixture('published/macos-gui-failed.stdout') },
      'daemon-down',
      'open -a Tailscale',
    ],
    [
      'something new',
      'linux',
      { exit: 1, stderr: 'Warning: client version "1" != tailscaled server version "2"\nflux capacitor empty\n' },
      'daemon-down',
      'sudo systemctl start tailscaled',
    ],
  ] as const)('%s', async (_what, platform, result, code, hint) => {
    const error = await readTailnet(new ScriptedRunner(() => result), {}, platform).catch((error: unknown) => error);
    expect(error).toMatchObject({ code, exitCode: 10, hints: [expect.stringMatching(hint)] });
  });

  test('a text that nobody knows is passed on', async () => {
    const runner = new ScriptedRunner(() => ({ exit: 1, stderr: 'flux capacitor empty\n' }));
    await expect(readTailnet(runner, {}, 'linux')).rejects.toThrow(
      'tailscaled does not run on this machine: flux capacitor empty',
    );
  });
});
