import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const OPS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** Everything that ops may start. */
const PROGRAMS = ['ssh', 'ssh-keyscan', 'ssh-keygen', 'tailscale', 'rsync', 'git', 'nc', 'sh', 'sudo'];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-bad-input-'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'id_ed25519'), '-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n');
  for (const program of PROGRAMS) {
    const path = join(root, 'bin', program);
    writeFileSync(path, `#!/bin/sh\necho "${program} $*" >> "${root}/calls"\nexit 1\n`);
    chmodSync(path, 0o755);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A link in the project instead of a file. */
class Link {
  readonly to: string;
  constructor(to: string) {
    this.to = to;
  }
}
/** A pipe that nobody writes to. */
const FIFO = Symbol('FIFO');
type Files = Readonly<Record<string, string | null | Link | typeof FIFO>>;

/** One `ops …` in a folder with these files, on a PATH where whatever it starts is written down. */
function ops(args: readonly string[], files: Files) {
  const dir = mkdtempSync(join(root, 'project-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    if (content === null) mkdirSync(join(dir, name));
    else if (content === FIFO) spawnSync('mkfifo', [join(dir, name)]);
    else if (content instanceof Link) symlinkSync(content.to, join(dir, name));
    else writeFileSync(join(dir, name), content);
  }
  rmSync(join(root, 'calls'), { force: true });
  const env = { PATH: join(root, 'bin'), HOME: dir };
  const ended = spawnSync(process.execPath, [OPS, ...args], { cwd: dir, env, encoding: 'utf8', timeout: 20_000 });
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '';
  return { code: ended.status, text: ended.stderr + ended.stdout, calls };
}

const HEAD = 'version: 1\ntailnet: tail1234.ts.net\n';
const GOOD = `${HEAD}hosts:\n  web1: { user: deploy }\napps:\n  web:\n    hosts: [web1]\n    source: app\n    user: web\n    services: { web: { run: node server.js } }\n`;
const APP = { 'app/server.js': '' };
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ3w4kGTE7LmVhUr6Ovgu+dUbGHaTLfLEvuyeIHoJq5';
const PIN = `version 1\n\nhost web1.tail1234.ts.net\n  tailnet tail1234.ts.net\n  node 1\n  key ${KEY}\n`;

const edit = (from: string, to: string) => ({ ...APP, 'ops.yaml': GOOD.replace(from, to) });

test.each<[string, Record<string, string | null>, ...string[]]>([
  ['YAML syntax', { 'ops.yaml': 'version: 1\nhosts: [web1\n' }, 'ops.yaml:3:1   not valid YAML'],
  ['an unknown key', edit('tailnet:', 'colour: red\ntailnet:'), 'ops.yaml:2:1   colour   unknown key'],
  ['a misspelt key', edit('services:', 'servces:'), 'apps.web.servces   unknown key; did you mean services?'],
  [
    'a wrong type',
    edit('user: deploy', 'port: 70000'),
    'ops.yaml:4:17   hosts.web1.port   expected a port from 1 to 65535, found 70000',
  ],
  [
    'two faults in one file',
    { ...APP, 'ops.yaml': GOOD.replace('user: deploy', 'port: 0').replace('run:', 'rnu:') },
    'ops.yaml:4:17 ',
    'ops.yaml:10:24 ',
    '2 problems in ops.yaml · exit 2',
  ],
  ['an empty file', { 'ops.yaml': '' }, 'ops.yaml:1:1   empty'],
  ['a directory', { 'ops.yaml': null }, 'ops.yaml:1:1   expected a file, found a directory'],
  ['1 MB of [', { 'ops.yaml': '['.repeat(1 << 20) }, 'ops.yaml:1:'],
  ['a host name with a space', edit('web1:', '"web 1":'), 'ops.yaml:4:3 ', 'hosts["web 1"]'],
  ['a host name with a leading -', edit('web1:', '-oProxyCommand=x:'), 'ops.yaml:4:3 ', 'expected a host name'],
  ['a user with $', edit('user: deploy', 'user: "$(id)"'), 'ops.yaml:4:17   hosts.web1.user   expected an account name'],
  [
    '.. in a path',
    edit('source: app', 'path: /srv/../etc'),
    'ops.yaml:8:11   apps.web.path   expected an absolute path without ..',
  ],
  ['an app without hosts', edit('    hosts: [web1]\n', ''), 'ops.yaml:6:3   apps.web.hosts   missing'],
  ['a missing source', { 'ops.yaml': GOOD }, 'ops.yaml:8:13   apps.web.source   '],
  [
    'a unit file that the source lacks',
    edit('{ run: node server.js }', '{ unit: web.service }'),
    'ops.yaml:10:30   apps.web.services.web.unit   ',
  ],
  ['ops.pins damaged', { ...edit('', ''), 'ops.pins': PIN.replace('node 1', 'nod 1') }, 'ops.pins:5:3 '],
  ['ops.pins with a key cut short', { ...edit('', ''), 'ops.pins': PIN.replace(KEY, KEY.slice(0, 40)) }, 'ops.pins:6:'],
  ['ops.pins with a conflict', { ...edit('', ''), 'ops.pins': `${PIN}<<<<<<< HEAD\n` }, 'ops.pins:7:1 '],
])('%s', (_name, files, ...says) => {
  for (const args of [['deploy', '--yes'], ['deploy', '--yes', '--json'], ['status']]) {
    const ran = ops(args, files);
    expect(ran.code, ran.text).toBe(2);
    expect(ran.text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(ran.calls, 'nothing was started').toBe('');
    if (args.includes('--json')) {
      const document = JSON.parse(ran.text.slice(ran.text.indexOf('{'))) as {
        ok: boolean;
        exit: number;
        error: { problems: unknown[] };
      };
      expect(document).toMatchObject({ ok: false, exit: 2 });
      expect(document.error.problems.length).toBeGreaterThan(0);
    } else {
      for (const said of says) expect(ran.text.replace(/ {3,}/g, '   ')).toContain(said);
      expect(ran.text).toMatch(/ · exit 2$/m);
    }
  }
});

const KEY_FILE = new Link('../id_ed25519');

test.each<[string, Files, string]>([
  ['ops.pins', { ...edit('', ''), 'ops.pins': KEY_FILE }, 'expected a file, found a link'],
  ['ops.pins, a pipe', { ...edit('', ''), 'ops.pins': FIFO }, 'expected a file, found a device or a pipe'],
  ['ops.pins, endless', { ...edit('', ''), 'ops.pins': new Link('/dev/zero') }, 'expected a file, found a link'],
  ['ops.yaml', { ...APP, 'ops.yaml': KEY_FILE }, 'outside of its folder'],
  [
    'a unit file',
    { ...edit('{ run: node server.js }', '{ unit: a.service }'), 'app/a.service': new Link('../../id_ed25519') },
    'found a link',
  ],
  [
    'an excluded unit file',
    {
      ...APP,
      'ops.yaml': GOOD.replace('source: app', 'source: { dir: app, exclude: [a.service] }').replace(
        'run: node server.js',
        'unit: a.service',
      ),
      'app/a.service': new Link('../../id_ed25519'),
    },
    'found a link',
  ],
])('a file of the project that leads to a key is not read: %s', (_name, files, said) => {
  for (const args of [['deploy', '--dry-run'], ['deploy', '--yes', '--json'], ['status']]) {
    const ran = ops(args, files);
    expect(ran.code, ran.text).toBe(2);
    expect(ran.text).toContain(said);
    expect(ran.text).not.toMatch(/SECRET|PRIVATE KEY/);
    expect(ran.calls).toBe('');
  }
});

test.each([
  ['no ops.yaml at all', ['deploy'], {}],
  ['an unknown flag', ['deploy', '--forse'], edit('', '')],
  ['an unknown command', ['deplyo'], edit('', '')],
  ['an unknown app', ['deploy', 'wbe'], edit('', '')],
  ['an unknown host', ['deploy', 'web', '--host', 'web9'], edit('', '')],
  ['a wait that is no time', ['deploy', '--wait', 'soon'], edit('', '')],
])('%s', (_name, args, files) => {
  const ran = ops(args, files);
  expect(ran.code, ran.text).toBe(2);
  expect(ran.text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(ran.calls).toBe('');
});

test('what is started is written down: a good file gets as far as tailscale', () => {
  const ran = ops(['deploy', '--yes'], edit('', ''));
  expect(ran.calls).toContain('tailscale status --json');
  expect(ran.code).not.toBe(2);
});
