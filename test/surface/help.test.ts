import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { unknownCommand } from '../../src/command/unknown-command.ts';
import { EXIT_CODES } from '../../src/errors.ts';

const DEV = new URL('../../bin/dev.js', import.meta.url).pathname;

function ops(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEV, ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('a command that does not exist', () => {
  const known = ['deploy', 'hosts', 'hosts:pin', 'config:check', 'config:show'];

  test.each([
    [['deplyo'], 'unknown command "deplyo"; did you mean deploy?'],
    [['deplyo', 'web', '--yes'], 'unknown command "deplyo"; did you mean deploy?'],
    [['config', 'chek'], 'unknown command "config chek"; did you mean config check?'],
    [['hosts', 'pinn', 'web1'], 'unknown command "hosts pinn"; did you mean hosts pin?'],
    [['frobnicate'], 'unknown command "frobnicate"'],
    [['--versoin'], 'unknown command "--versoin"'],
  ])('%j', (argv, message) => {
    expect(unknownCommand(argv, known)).toMatchObject({ message, code: 'command-unknown', exitCode: 2 });
  });

  test('is one line and the way on, exit 2', () => {
    expect(ops('deplyo', 'web')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'unknown command "deplyo"; did you mean deploy? (command-unknown) · exit 2\n→ ops help deploy\n',
    });
  });

  test('is an envelope under --json', () => {
    const { status, stdout, stderr } = ops('deplyo', '--json');
    expect([status, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'ops/error@1', ok: false, exit: 2, error: { code: 'command-unknown' } });
  });

  test('has no help either', () => {
    expect(ops('help', 'deplyo')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('did you mean deploy?'),
    });
  });
});

describe('a word or a flag that a command does not take says why in one line', () => {
  test.each([
    [['logs', '--lines', '0'], 'Parsing --lines: Expected an integer greater than or equal to 1 but received: 0'],
    [['logs', '--lines', 'x'], 'Parsing --lines: Expected an integer but received: x'],
    [['releases', '--prune', '--keep', '-1'], 'Parsing --keep: Expected an integer greater than or equal to 1 but received: -1'],
    [['hosts', 'forget'], 'Missing 1 required arg: host host of ops.yaml'],
    [['deploy', 'web', 'again'], 'Unexpected argument: again'],
  ])('%j', (argv, message) => {
    const said = `${message} (usage) · exit 2\n→ ops help   (or the command with --help)\n`;
    expect(ops(...argv)).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(said) });
  });
});

describe('ops help', () => {
  test('of a command is its --help', () => {
    const help = ops('help', 'config', 'check');
    expect(help.stdout).toContain('ops config check');
    expect(help).toEqual(ops('config', 'check', '--help'));
  });

  test('exit-codes is the whole table', () => {
    const { stdout } = ops('help', 'exit-codes');
    expect(stdout.trimEnd().split('\n')).toHaveLength(Object.keys(EXIT_CODES).length);
    expect(stdout).toContain(' 13  peer offline, expired or not answering\n');
  });
});

test('ops explain says what a code means', () => {
  const { status, stdout } = ops('explain', 'peer-unknown', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'ops/explain@1',
    ok: true,
    codes: { 'peer-unknown': expect.stringMatching(/^No node/) },
  });
});

test('a working directory that is gone is a usage error, with the way on', () => {
  const command = 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$0" "$1" config check';
  expect(spawnSync('/bin/sh', ['-c', command, process.execPath, DEV], { encoding: 'utf8' })).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^the folder that ops was started in is not there any more \(cwd-missing\) · exit 2\n→ cd .*\n$/m,
    ),
  });
});

describe('a stream that cannot be written to', () => {
  const inShell = (command: string) => {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, DEV], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const UNWRITTEN = 'stdout could not be written: no space left on device (output-unwritten) · exit';

  test.each([
    ['explain peer-unknown', 1],
    ['explain peer-unknown --json', 1],
    ['explain peer-unknwon --json', 2],
  ])('stdout on a full disk, ops %s: one line says so, and exit %i', (words, status) => {
    const command = `"$0" "$1" ${words} >/dev/full`;
    expect(inShell(command)).toEqual({ status, stdout: '', stderr: `${UNWRITTEN} ${status}\n` });
  });

  test('stderr: the exit code is that of the run', () => {
    expect(inShell('"$0" "$1" deplyo 2>/dev/full')).toMatchObject({ status: 2 });
    expect(inShell('{ sleep 0.2; "$0" "$1" deplyo 2>&1 >/dev/null; echo "exit $?" >&2; } | true').stderr).toBe('exit 2\n');
  });

  test('a pipe whose reader has read enough is no fault', () => {
    expect(inShell('{ sleep 0.2; "$0" "$1" explain; echo "exit $?" >&2; } | true').stderr).toBe('exit 0\n');
  });
});
