import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { environmentOf, type LocalProgram, withHome } from '../../src/exec/environment.ts';
import { LocalRunner, openStream } from '../../src/exec/local.ts';

afterEach(() => vi.unstubAllEnvs());

/** What shells, git hooks and CI jobs have in their environment, and what would change what a program of ours does. */
const FOREIGN = [
  ...[
    'GIT_DIR',
    'GIT_INDEX_FILE',
    'GIT_WORK_TREE',
    'GIT_PREFIX',
    'GIT_CONFIG_COUNT',
    'GIT_CONFIG_PARAMETERS',
    'GIT_CONFIG_GLOBAL',
  ],
  ...['TAR_OPTIONS', 'GZIP', 'POSIXLY_CORRECT', 'LANG', 'LC_MESSAGES', 'LANGUAGE', 'TZ', 'TERM', 'CDPATH', 'ENV', 'BASH_ENV'],
  ...['RSYNC_RSH', 'RSYNC_PASSWORD', 'RSYNC_OLD_ARGS', 'RSYNC_PROTECT_ARGS', 'RSYNC_PARTIAL_DIR', 'RSYNC_ICONV'],
  ...['TS_DEBUG_FIREWALL_MODE', 'TS_SOCKET', 'NODE_OPTIONS', 'LD_LIBRARY_PATH', 'DATABASE_URL', 'OPS_YES'],
];
const PROGRAMS: readonly LocalProgram[] = ['ssh', 'rsync', 'ssh-keyscan', 'tailscale', 'git', 'tar', 'host'];

/** NAME=value of what a program that was really started has. */
const found = (output: string) =>
  Object.fromEntries(
    output
      .split('\0')
      .filter(line => line !== '')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

test.each(PROGRAMS)('%s starts with what its row says and nothing else', async environment => {
  for (const name of FOREIGN) vi.stubEnv(name, 'foreign');
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  const command = { program: 'env', environment, args: ['-0'], deadlineMs: 10_000, mutates: false };
  const ran = found((await new LocalRunner().run(command)).stdout);
  expect(Object.values(ran)).not.toContain('foreign');
  expect(ran).toEqual(environmentOf(environment));
  expect(ran.LC_ALL).toMatch(/^C(\.UTF-8)?$/);
  expect(ran.PATH).toBe(process.env.PATH);
});

test('so does one that carries a stream', async () => {
  for (const name of FOREIGN) vi.stubEnv(name, 'foreign');
  const stream = openStream('tailscale', ['env', '-0']);
  stream.end();
  expect(found(await text(stream))).toEqual(environmentOf('tailscale'));
});

test('ssh keeps what leads to keys and agents, and git what leads to its configuration', () => {
  const own = { HOME: '/home/dev', SSH_AUTH_SOCK: '/run/agent', SSH_SK_PROVIDER: '/lib/sk.so', XDG_CONFIG_HOME: '/home/dev/.c' };
  expect(environmentOf('ssh', own)).toMatchObject(own);
  const { SSH_SK_PROVIDER: _, ...forGit } = own;
  expect(environmentOf('git', own)).toMatchObject(forGit);
});

test('rsync has no home to find a ~/.popt in, and its ssh has the real one', () => {
  const own = { HOME: '/home/dev', SSH_AUTH_SOCK: '/run/agent' };
  expect(environmentOf('rsync', own)).toEqual({ SSH_AUTH_SOCK: '/run/agent', LC_ALL: 'C' });
  expect(withHome(['ssh', '-x'], own)).toEqual(['env', 'HOME=/home/dev', 'ssh', '-x']);
  expect(withHome(['ssh', '-x'], {})).toEqual(['ssh', '-x']);
});

test('on macOS tailscale is told that it is a CLI, also where ssh starts it', () => {
  for (const program of ['tailscale', 'ssh', 'rsync'] as const) {
    expect(environmentOf(program, {}, 'darwin')).toEqual({ LC_ALL: 'C', TAILSCALE_BE_CLI: '1' });
    expect(environmentOf(program, {}, 'linux')).toEqual({ LC_ALL: 'C' });
  }
});
