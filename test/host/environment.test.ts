import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAnswer } from '../../src/host/answer.ts';
import { enclose, readProgramFile } from '../../src/host/compose.ts';
import { scratch } from './support/scratch.ts';
import { serve } from './support/serve.ts';
import { NONCE, need, SHELLS } from './support/shell.ts';

/** Where /bin/sh is bash, more of an environment means something. */
const ALL_SHELLS: typeof SHELLS = { ...SHELLS, bash: () => [need('bash', 'bash'), '--posix'] };

/** What a login on a host has: variables that change what programs do, and names and values that are no shell's friends. */
const LOGIN = {
  ...{
    TAR_OPTIONS: '--exclude=*',
    GREP_OPTIONS: '-v',
    POSIXLY_CORRECT: '1',
    CDPATH: '/',
    IFS: 'x',
    TZ: 'Asia/Tokyo',
    LANG: 'de_DE',
  },
  ...{ SYSTEMD_LOG_LEVEL: 'debug', SYSTEMD_COLORS: '1', SYSTEMD_PAGER: 'false', ENV: '/nowhere', BASH_ENV: '/nowhere', PS4: 'x' },
  ...{ http_proxy: 'http://192.0.2.1:1', ALL_PROXY: 'http://192.0.2.1:1', LD_LIBRARY_PATH: '/nowhere', RSYNC_PROTECT_ARGS: '1' },
  ...{ line: 'a', name: 'b', OPTIND: '3', PPID: '1', UID: '7', SHELLOPTS: 'braceexpand', BASHOPTS: 'cmdhist', LINENO: '9' },
  ...{ BASHPID: '5', BASH_VERSINFO: '5', GROUPS: '5', FUNCNAME: 'x', DIRSTACK: '/', SECONDS: '5', HISTCMD: '5', RANDOM: '5' },
  LINES_OF_A_VALUE: 'a\nexport HOME=gone\nexport OPTIND=2\n1x',
  'BASH_FUNC_grep%%': '() { echo taken; }',
};
/** What programs are told of the login, and what belongs to shells. */
const STAYS = /^(HOME|PATH|PWD|USER|LOGNAME|SHELL|SSH_CONNECTION|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|LC_ALL)$/;
const OF_SHELLS = /^(OPTIND|PPID|UID|EUID|BASHOPTS|SHELLOPTS|BASH_VERSINFO|_)$/;

function speak(shell: string, files: readonly string[], body: string, env: Readonly<Record<string, string>>) {
  const [program = '', ...args] = ALL_SHELLS[shell]!();
  const text = enclose(`${files.map(readProgramFile).join('')}\n${body}\n`, { nonce: NONCE, params: {} });
  const login = { PATH: process.env.PATH ?? '', ...env };
  const done = spawnSync(program, [...args, '-s'], { input: text, encoding: 'utf8', env: login });
  return { answer: parseAnswer(NONCE, done.stdout), stdout: done.stdout, stderr: done.stderr };
}

describe.each(Object.keys(ALL_SHELLS))('a program under %s', shell => {
  test('keeps of its environment only what it is told of the login', () => {
    const kept = {
      HOME: '/home/deploy',
      USER: 'deploy',
      SSH_CONNECTION: '100.64.0.9 1 100.64.0.1 22',
      XDG_RUNTIME_DIR: '/run/user/7',
    };
    const body = 'params; env | while IFS= read -r line; do say env "$line"; done; exit 0';
    const { answer, stderr } = speak(shell, ['core/lib'], body, { ...LOGIN, ...kept });
    expect(stderr).toBe('');
    const lines = (answer?.all('env') ?? []).map(line => line.split('='));
    const names = lines.map(([name = '']) => name);
    expect(names.filter(name => !STAYS.test(name) && !OF_SHELLS.test(name))).toEqual([]);
    expect(Object.fromEntries(lines)).toMatchObject({ ...kept, LC_ALL: 'C' });
  });

  test('runs grep where a login has a function of that name, and cuts words at blanks', () => {
    const body = `params; words='axb c'; set -- $words; say count $#; say grep "$(echo found | grep found)"; exit 0`;
    const { answer } = speak(shell, ['core/lib'], body, LOGIN);
    expect([answer?.get('count'), answer?.get('grep')]).toEqual(['2', 'found']);
  });
});

test.each([
  ['~/.curlrc', { connect: 'connect-to = "::127.0.0.1:1"\n' }, {}],
  ['a proxy', {}, { http_proxy: 'http://127.0.0.1:1', ALL_PROXY: 'http://127.0.0.1:1', no_proxy: 'none' }],
])(
  'a probe is not led astray by %s of a login',
  async (_, { connect = '' }: { connect?: string }, env: Record<string, string>) => {
    const [port, home] = [await serve(), scratch()];
    writeFileSync(join(home, '.curlrc'), connect);
    const body = `params; services='' id=p contains=ready status=200 attempts=1 interval=1 timeout=2000
    evidence() { say evidence "$3"; }; because() { say failed "$2"; return 1; }; seconds() { echo 2; }
    kind=http target=http://127.0.0.1:${port}/; probe
    command() { [ "$2" != bash ]; }; kind=tcp target=127.0.0.1:${port}; probe
    exit 0`;
    const { answer } = speak('dash', ['core/lib', 'deploy/probe'], body, { HOME: home, ...env });
    expect(answer?.get('failed')).toBeUndefined();
    expect(answer?.all('evidence')).toEqual([expect.stringMatching(/^200 in .* on try 1 of 1$/), 'connected on try 1 of 1']);
  },
);
