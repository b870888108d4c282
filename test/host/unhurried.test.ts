import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

const ACCOUNT = 'nobody';
/** Other accounts are root's to play. */
const PLAYED = process.getuid?.() === 0 ? Object.keys(SHELLS) : [];

/** What `body` says, and how long it took. */
function timed(shell: string, parts: readonly string[], body: string, { privilege = 'none', home = scratch() } = {}) {
  const began = performance.now();
  const text = `params\nme=$(id -u) manager=--system run_dir=$HOME rel=$HOME tree=$HOME p_path=$HOME/srv code=none why=none\n${body}`;
  const { answer } = speak(shell, parts, text, home, { params: { privilege } });
  return {
    said: (key: string) => answer?.get(key),
    all: (key: string) => answer?.all(key),
    seconds: (performance.now() - began) / 1000,
  };
}

/** A check that systemd runs like this. */
function check(shell: string, script: string) {
  const home = scratch();
  for (const dir of ['bin', 'work']) mkdirSync(join(home, dir));
  writeFileSync(join(home, 'bin/systemd-run'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const body = `PATH=$HOME/bin:$PATH user=web\nrun_check x\nsay code "$code"\nsay_lines note <"$run_dir/notes"`;
  return timed(shell, ['core/lib', 'core/run', 'deploy/probe', 'deploy/checks'], body, { home });
}

describe.each(Object.keys(SHELLS))('root is not held up under %s', shell => {
  test('by a text of control characters', () => {
    const { said, seconds } = timed(shell, ['core/lib'], `say text "$(head -c 200000 /dev/zero | tr '\\0' '\\001')"`);
    expect(said('text')).toBe('\u0001'.repeat(200_000));
    expect(seconds).toBeLessThan(5);
  }, 60_000);

  test('by a check that says more than anybody reads: its last lines are kept', () => {
    const { said, all, seconds } = check(shell, "yes 'too much' | head -c 50000000; echo; echo last words; exit 1");
    expect(said('code')).toBe('check-failed');
    expect(all('note')).toHaveLength(10);
    expect(all('note')?.at(-1)).toBe('detail last words');
    expect(seconds).toBeLessThan(15);
  }, 60_000);

  test.each([0, 1])(
    'by what a check leaves running with its output: it ended with %d',
    exit => {
      const { said, seconds } = check(shell, `echo said\nsetsid sleep 20 &\nexit ${exit}`);
      expect(said('code')).toBe(exit === 0 ? 'none' : 'check-failed');
      expect(seconds).toBeLessThan(10);
    },
    60_000,
  );

  test('by a process with a command line of many paths', async () => {
    const words = Array.from({ length: 60_000 }, () => '/usr');
    const busy = spawn('sh', ['-c', 'sleep 60; :', 'sh', ...words], { stdio: 'ignore' });
    onTestFinished(() => void busy.kill('SIGKILL'));
    const { all, seconds } = timed(shell, ['core/lib', 'deploy/paths'], `paths ${busy.pid} | sort -u | say_lines path`);
    // The readlink of busybox takes one path, and hosts have that of GNU.
    if (shell === 'dash') expect(all('path')).toContain(`${busy.pid} /usr`);
    expect(seconds).toBeLessThan(10);
  }, 120_000);
});

describe.each(PLAYED)('the account of an app does not hold root under %s', shell => {
  const asAccount = (body: string, parts = ['core/lib']) =>
    timed(shell, parts, `user=${ACCOUNT} account_limit=1\n${body}`, { privilege: 'sudo' });

  test.each([
    ['ends well', 'exit 0', '0', ''],
    ['complains', 'echo no >&2; exit 3', '1', ': no'],
    ['is stopped', 'kill -STOP $$', '1', ''],
    ['gives away what it writes to', 'setsid sleep 20 & exit 0', '1', ''],
    ['never ends', 'trap "" TERM; while :; do :; done', '1', expect.anything()],
    ['says more than anybody reads', 'yes >&2', '1', expect.anything()],
  ])(
    'with a process that %s',
    (_what, script, status, reason) => {
      const { said, seconds } = asAccount(`try as_user sh -c '${script}'\nsay status $?\nsay reason "$reason"`);
      expect([said('status'), said('reason')]).toEqual([status, reason]);
      expect(seconds).toBeLessThan(10);
    },
    60_000,
  );

  test('with a pipe in place of what it starts', () => {
    const parts = ['core/lib', 'core/run', 'deploy/checks'];
    const { said, seconds } = asAccount(
      `chmod 755 "$HOME"; mkfifo -m 755 "$HOME/pipe"; may_run ${ACCOUNT} "$HOME/pipe"; say status $?`,
      parts,
    );
    expect(said('status')).toBe('0');
    expect(seconds).toBeLessThan(15);
  }, 60_000);
});
