import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { LocalRunner } from '../../src/exec/local.ts';
import { quoteCommand } from '../../src/exec/quote.ts';
import { parseProgress, rsyncArgs } from '../../src/exec/rsync.ts';
import { rsyncShell } from '../../src/exec/rsync-shell.ts';
import type { HostRunner } from '../../src/exec/runner.ts';
import { SelfRunner, SshRunner, sshArgs } from '../../src/exec/ssh.ts';
import type { SshTarget } from '../../src/exec/ssh-options.ts';
import { ScriptedRunner } from '../tailnet/scripted-runner.ts';
import { TARGET } from './ssh-target.ts';

afterEach(() => vi.unstubAllEnvs());

const target: SshTarget = { ...TARGET, key: '/home/dev/.ssh/id' };

test('one command, its options before the destination and the words quoted once', () => {
  const args = sshArgs(target, ['/bin/sh', '-c', 'echo "$1"', "it's"]);
  expect(args.slice(-4)).toEqual(['deploy', '--', 'web1.lab.test', `/bin/sh -c 'echo "$1"' 'it'\\''s'`]);
  expect(args[0]).toBe('-T');
});

test('whatever the words are, a shell gives exactly them back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'binary' }).filter(text => !text.includes('\0') && text.isWellFormed()),
        { minLength: 1, maxLength: 5 },
      ),
      words => {
        const out = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${quoteCommand(words)}`], { encoding: 'utf8' });
        expect(out.split('\0').slice(0, -1)).toEqual(words);
      },
    ),
    { numRuns: 200 },
  );
});

test('an upload names its files on stdin, writes as root and ends options before paths', () => {
  const args = rsyncArgs(
    { from: '/src', to: '/srv/web/releases/.partial-r', files: ['a'], as: ['sudo', '-n'], deadlineMs: 1 },
    { shell: '/bin/sh /run/ops/c0.sh', prefix: 'web1.lab.test:' },
  );
  expect(args.slice(-3)).toEqual(['--', '/src/', 'web1.lab.test:/srv/web/releases/.partial-r/']);
  expect(args).toEqual(
    expect.arrayContaining([
      '--rsh=/bin/sh /run/ops/c0.sh',
      expect.stringMatching(/^--rsync-path=sudo -n \/bin\/sh -c /),
      ...['--checksum', '--files-from=-', '--from0'],
    ]),
  );
});

test("the shared connection is closed without the person's configuration, which could keep it from being closed", async () => {
  const recorder = new ScriptedRunner(() => ({}));
  const runner = new SshRunner('web1', target, recorder);
  await runner.close();
  await runner.run({ program: 'true', args: [], deadlineMs: 1_000, mutates: false });
  await runner.close();
  expect(recorder.ran.map(({ program, args }) => [program, ...args].slice(0, 3).join(' '))).toEqual(['ssh -T -k', 'ssh -F none']);
  expect(recorder.ran.at(-1)?.args).toEqual(expect.arrayContaining(['-O', 'exit', `ControlPath=${target.controlPath}`]));
});

/** What the real rsync makes of these files: mode and path of all that arrived; folders are there already, as the host makes them. */
async function uploaded(
  files: Readonly<Record<string, number>>,
  runner: HostRunner = new SelfRunner('web1', new LocalRunner()),
): Promise<Record<string, string>> {
  const root = mkdtempSync(join(tmpdir(), 'ops-upload-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, mode] of Object.entries(files)) {
    for (const side of ['from', 'to']) mkdirSync(join(root, side, dirname(file)), { recursive: true });
    writeFileSync(join(root, 'from', file), file);
    chmodSync(join(root, 'from', file), mode);
  }
  const ticks: unknown[] = [];
  const job = { from: join(root, 'from'), to: join(root, 'to'), files: Object.keys(files), as: [], deadlineMs: 10_000 };
  const onLine = (line: string) => ticks.push(parseProgress(line));
  const { exit, stderr } = await runner.upload(job, { onLine });
  expect([exit, stderr]).toEqual([0, '']);
  const bytes = Object.keys(files).join('').length;
  expect(ticks).toContainEqual({ bytes, percent: 100 });
  const arrived = readdirSync(job.to, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter(item => item.isFile());
  const paths = arrived.map(item => join(item.parentPath, item.name));
  return Object.fromEntries(paths.map(path => [path.slice(job.to.length + 1), (statSync(path).mode & 0o7777).toString(8)]));
}

test('a file is sent whatever its name begins with', async () => {
  const names = ['#auto#', '# a', '#dir/a', ';semi', '-rf', ' blank', 'plain', 'a/#b'];
  const sent = await uploaded(Object.fromEntries(names.map(name => [name, 0o644])));
  expect(Object.keys(sent).sort()).toEqual(names.sort());
});

test('modes arrive as the manifest has them: by the executable bit, and without set-uid, set-gid and sticky', async () => {
  const modes = { plain: 0o600, run: 0o700, wide: 0o666, suid: 0o4755, sgid: 0o2755, both: 0o6711, sticky: 0o1644 };
  expect(await uploaded(modes)).toEqual({
    plain: '644',
    run: '755',
    wide: '644',
    suid: '755',
    sgid: '755',
    both: '755',
    sticky: '644',
  });
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['checksums of its own', { RSYNC_CHECKSUM_LIST: 'none-such' }],
  ['names in another alphabet', { RSYNC_ICONV: 'utf8,none-such' }],
])('an upload is the same with %s', async (_, variables) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  expect(await uploaded({ 'a.bin': 0o644, run: 0o755 })).toEqual({ 'a.bin': '644', run: '755' });
});

test('an upload is the same for who has options of their own in ~/.popt', async () => {
  const home = mkdtempSync(join(tmpdir(), 'ops-popt-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, '.popt'), 'rsync alias --checksum --checksum --exclude=*.bin\n');
  vi.stubEnv('HOME', home);
  expect(await uploaded({ 'a.bin': 0o644, run: 0o755 })).toEqual({ 'a.bin': '644', run: '755' });
});

/** A host that is this machine, behind a program that is called ssh and logs in with this environment. */
function behindSsh(login: string, key: string | null): HostRunner {
  const bin = mkdtempSync(join(tmpdir(), "ops-o'ssh-"));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  const script = `#!/bin/sh\nprintf '%s\\n' "$HOME" "$@" >"$0.called"\nwhile [ "$1" != web1.lab.test ]; do shift; done; shift\n`;
  writeFileSync(join(bin, 'ssh'), `${script}export ${login}\nexec sh -c "$*"\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  vi.stubEnv('HOME', bin);
  const own = mkdtempSync(join(tmpdir(), 'ops-own-'));
  onTestFinished(() => rmSync(own, { recursive: true }));
  const files = { controlPath: join(own, 'c0'), key: key === null ? null : join(bin, key) };
  const runner = new SshRunner('web1', { ...target, ...files }, new LocalRunner());
  onTestFinished(() => {
    const called = readFileSync(join(bin, 'ssh.called'), 'utf8').split('\n');
    expect(called[0]).toBe(bin);
    if (key !== null) expect(called).toContain(`IdentityFile="${join(bin, key).replaceAll('"', String.raw`\"`)}"`);
  });
  return runner;
}

test('an upload is the same to a login that has variables of rsync', async () => {
  expect(await uploaded({ run: 0o755 }, behindSsh('RSYNC_CHECKSUM_LIST=none-such', null))).toEqual({ run: '755' });
});

test('an upload logs in with the very key, and from the very home, whatever their paths hold', async () => {
  expect(await uploaded({ run: 0o755 }, behindSsh('A=1', `dev's "key" `))).toEqual({ run: '755' });
});

/** A program that tells its words: what it was called with, NUL after each. */
function listener(): { program: string; heard: () => string[]; dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'ops-words-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const program = join(dir, 'listener');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\0' "$@" >'${dir}/heard'\nexit 1\n`, { mode: 0o755 });
  return { program, dir, heard: () => readFileSync(join(dir, 'heard'), 'utf8').split('\0').slice(0, -1) };
}

const anyWords = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).filter(text => !text.includes('\0') && text.isWellFormed()),
    fc.constantFrom(`-oIdentityFile="a' -F /tmp/evil '"`, "''", '""', ' ', '\\', '$HOME', '%h', '# x', 'a\nb'),
  ),
  { minLength: 1, maxLength: 4 },
);

/** The real rsync, told to log in with this command. */
async function rsyncWith(dir: string, command: readonly string[], as: readonly string[] = []): Promise<void> {
  const shell = await rsyncShell(join(dir, 'c0.sh'), command);
  const args = rsyncArgs({ from: dir, to: '/to', files: [], as, deadlineMs: 0 }, { shell, prefix: 'web1.lab.test:' });
  const spec = { program: 'rsync', environment: 'rsync', args, stdin: 'c0.sh\0', deadlineMs: 5_000, mutates: true } as const;
  await new LocalRunner().run(spec);
}

test('whatever the words of ssh are, rsync starts it with exactly them', async () => {
  const { program, dir, heard } = listener();
  await fc.assert(
    fc.asyncProperty(anyWords, async words => {
      await rsyncWith(dir, [program, ...words]);
      expect(heard().slice(0, words.length + 1)).toEqual([...words, 'web1.lab.test']);
    }),
    { numRuns: 20 },
  );
});

test('what rsync cuts into words has two, of letters that no version takes apart', async () => {
  const { dir } = listener();
  expect(await rsyncShell(join(dir, 'c0.sh'), ['ssh', `-i "it's" `])).toBe(`/bin/sh ${dir}/c0.sh`);
  await expect(rsyncShell(join(dir, 'c 0.sh'), ['ssh'])).rejects.toMatchObject({ code: 'bug' });
});

test('whatever the words before the remote rsync are, the shell of a login starts exactly them', async () => {
  const { program, dir, heard } = listener();
  // What sshd does with the words behind the host's name.
  const login = ['/bin/sh', '-c', 'shift; exec /bin/sh -c "$*"', 'sshd'];
  await fc.assert(
    fc.asyncProperty(anyWords, async words => {
      await rsyncWith(dir, login, [program, ...words]);
      expect(heard().slice(0, words.length + 2)).toEqual([...words, '/bin/sh', '-c']);
    }),
    { numRuns: 20 },
  );
});

test.each([
  ['     1,234,567  42%   10.20MB/s    0:00:03 (xfr#12, to-chk=3/40)', { bytes: 1_234_567, percent: 42 }],
  ['         32,768   0%    0.00kB/s    0:00:00  ', { bytes: 32_768, percent: 0 }],
  ['sending incremental file list', null],
  ['', null],
])('progress of %j', (line, expected) => {
  expect(parseProgress(line)).toEqual(expected);
});
