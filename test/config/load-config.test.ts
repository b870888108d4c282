import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, lines, load, refusal } from './in-folder.ts';

const SHORT = `version: 1
tailnet: tail1234.ts.net

hosts:
  web1:

apps:
  web:
    hosts: web1
    services:
      web: { run: node server.js, user: web }
    probes:
      - http: http://127.0.0.1:3000/health
`;
const BARE = 'version: 1\ntailnet: tail1234.ts.net\nhosts: {web1: }\n';

describe('the short file', () => {
  it('fits in 15 lines and gets every default', async () => {
    const root = await folder({ 'ops.yaml': SHORT });
    const { digest, ...config } = await load(root);
    expect(SHORT.split('\n').length).toBeLessThanOrEqual(15);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(config).toEqual({
      file: join(root, 'ops.yaml'),
      root,
      tailnet: 'tail1234.ts.net',
      hosts: {
        web1: { id: 'web1', local: false, name: 'web1', user: 'root', port: 22, auth: 'keys', key: null, privilege: 'root' },
      },
      apps: {
        web: {
          id: 'web',
          hosts: ['web1'],
          path: '/srv/web',
          source: { kind: 'dir', dir: root, exclude: [] },
          user: 'root',
          services: [{ kind: 'run', unit: 'web.service', run: 'node server.js', user: 'web' }],
          env: {},
          shared: [],
          checks: [],
          probes: [
            {
              id: 'http-1',
              kind: 'http',
              target: 'http://127.0.0.1:3000/health',
              from: 'host',
              status: [200],
              contains: null,
              through: null,
              attempts: 12,
              intervalMs: 1000,
              timeoutMs: 2000,
            },
          ],
          stableMs: null,
          startMs: 60_000,
          keep: 5,
        },
      },
      checks: { diskWarn: 85, diskFail: 95, clockSkewWarnMs: 5000, keyExpiryWarnDays: 14 },
      preflight: 'required',
      overrides: [],
    });
  });

  it('gives maps without a prototype: what was not written is not there', async () => {
    const { hosts, apps } = await load(await folder({ 'ops.yaml': SHORT }));
    expect([hosts.constructor, apps.toString, apps.web?.env.valueOf]).toEqual([undefined, undefined, undefined]);
  });
});

describe('what the written form means', () => {
  const app = async (written: string, hosts = '{web1: , web2: }') => {
    const root = await folder({ 'ops.yaml': `version: 1\ntailnet: t.ts.net\nhosts: ${hosts}\napps: {web: ${written}}\n` });
    const config = await load(root);
    return { root, config, web: config.apps.web! };
  };

  it('turns scalars of env into text as they are written', async () => {
    const { web } = await app('{hosts: web1, env: {A: 1.10, B: True, C: 0x10, D: "", E: 1e3, F: {env: X}, G: yes, H: 010}}');
    expect(web.env).toEqual({ A: '1.10', B: 'True', C: '0x10', D: '', E: '1e3', F: { env: 'X' }, G: 'yes', H: '010' });
  });

  it('reads times', async () => {
    const { web } = await app('{hosts: web1, stable: 1.5, start: 2m, probes: [{tcp: "a:1", interval: 500ms, timeout: 3}]}');
    expect([web.stableMs, web.startMs, web.probes[0]?.intervalMs, web.probes[0]?.timeoutMs]).toEqual([1500, 120_000, 500, 3000]);
  });

  it('tells the three kinds of services apart', async () => {
    const root = await folder({
      'ops.yaml': `${BARE}apps: {web: {hosts: web1, user: u, services: {a: {run: x}, b: {unit: ./d/w@1.service}, nginx.service: , c: {}}}}\n`,
      'd/w@1.service': '',
    });
    expect((await load(root)).apps.web?.services).toEqual([
      { kind: 'run', unit: 'a.service', run: 'x', user: 'u' },
      { kind: 'file', unit: 'w@1.service', file: 'd/w@1.service' },
      { kind: 'existing', unit: 'nginx.service' },
      { kind: 'existing', unit: 'c.service' },
    ]);
  });

  it('tidies paths, so that two spellings of one place are one', async () => {
    const { web, root } = await app('{hosts: web1, path: /srv/x/, shared: [./data/, a/b], source: {dir: ./, exclude: [tmp/]}}');
    const shared = [
      { path: 'data', folder: true },
      { path: 'a/b', folder: false },
    ];
    expect([web.path, web.shared, web.source]).toEqual(['/srv/x', shared, { kind: 'dir', dir: root, exclude: ['tmp'] }]);
  });

  it('reads a git source as a folder inside the work tree', async () => {
    const root = await folder({
      'ops.yaml': `${BARE}apps: {web: {hosts: web1, source: {git: v1.2, dir: app}}}\n`,
      '.git': 'gitdir: elsewhere',
    });
    expect((await load(root)).apps.web?.source).toEqual({ kind: 'git', ref: 'v1.2', dir: join(root, 'app'), exclude: [] });
  });

  it('splits a check at blanks and leaves a list as it is', async () => {
    const { web } = await app('{hosts: web1, checks: ["node  --version", [sh, -c, "a && b"]]}');
    expect(web.checks).toEqual([
      ['node', '--version'],
      ['sh', '-c', 'a && b'],
    ]);
  });

  it('takes privilege from the login, and the app user from a login without privilege', async () => {
    const { config, web } = await app(
      '{hosts: web2, services: {a: {run: x}}}',
      '{web1: {user: deploy}, web2: {user: dana, privilege: none}}',
    );
    expect([config.hosts.web1?.privilege, web.user, web.services]).toEqual([
      'sudo',
      'dana',
      [{ kind: 'run', unit: 'a.service', run: 'x', user: 'dana' }],
    ]);
  });

  it('lets defaults fill in hosts and apps', async () => {
    const root = await folder({
      'ops.yaml': `${BARE}defaults: {user: deploy, port: 2222, auth: tailscale_ssh, key: ~/.ssh/k, privilege: doas, keep: 9, stable: 3s}\napps: {web: {hosts: web1}}\n`,
    });
    const { hosts, apps } = await load(root);
    expect(hosts.web1).toMatchObject({
      user: 'deploy',
      port: 2222,
      auth: 'tailscale_ssh',
      key: '/home/dana/.ssh/k',
      privilege: 'doas',
    });
    expect(apps.web).toMatchObject({ keep: 9, stableMs: 3000 });
  });

  it('knows local without being told, as the account that runs ops', async () => {
    const { config } = await app('{hosts: [web1, local]}');
    const root = process.geteuid?.() === 0;
    expect(config.hosts.local).toMatchObject({ local: true, user: userInfo().username, privilege: root ? 'root' : 'sudo' });
    expect((await load(await folder({ 'ops.yaml': BARE }))).hosts).not.toHaveProperty('local');
  });

  it('unfolds an alias and compares names without case or final dot', async () => {
    const root = await folder({
      'ops.yaml': 'version: 1\ntailnet: T.TS.net.\nhosts:\n  a: &h {user: deploy}\n  b: *h\n  c: {name: Web.t.ts.net.}\n',
    });
    const config = await load(root);
    expect([config.tailnet, config.hosts.b?.user, config.hosts.c?.name]).toEqual(['t.ts.net', 'deploy', 'web.t.ts.net']);
  });
});

describe('where ops.yaml is', () => {
  it('is found upwards, and problems name it as seen from here', async () => {
    const root = await folder({ 'ops.yml': BARE, 'a/b/.keep': '', 'bad/ops.yaml': 'x: 1', 'bad/c/.keep': '' });
    expect((await load(join(root, 'a/b'))).root).toBe(root);
    expect((await refusal(join(root, 'bad/c'))).problems[0]?.at).toBe('../ops.yaml:1:1');
  });

  it('is not looked for outside the git work tree', async () => {
    const root = await folder({ 'ops.yaml': BARE, 'repo/.git/HEAD': '', 'repo/src/.keep': '' });
    const error = await refusal(join(root, 'repo/src'));
    expect([error.code, error.exitCode]).toEqual(['config-not-found', 2]);
    expect(error.hints).not.toEqual([]);
  });

  it('comes from --config before OPS_CONFIG before the search', async () => {
    const root = await folder({ 'ops.yaml': BARE, 'a.yaml': BARE, 'b.yaml': BARE });
    const env = { OPS_CONFIG: 'a.yaml' };
    expect(await load(root, { env, file: 'b.yaml' })).toMatchObject({
      file: join(root, 'b.yaml'),
      overrides: ['--config=b.yaml'],
    });
    expect(await load(root, { env })).toMatchObject({ file: join(root, 'a.yaml'), overrides: ['OPS_CONFIG=a.yaml'] });
  });

  it.each([
    ['a missing file', 'none.yaml', 'config-not-found', 'none.yaml: no such file'],
    ['a directory', 'dir', 'config-unreadable', 'dir: expected a file, found a directory'],
    ['a device', '/dev/zero', 'config-unreadable', '/dev/zero: expected a file, found a device or a pipe'],
    ['a file for a directory', 'ops.yaml/x', 'config-unreadable', 'ops.yaml/x: cannot be opened (ENOTDIR)'],
    ['more than 256 KB', 'big.yaml', 'config-unreadable', 'big.yaml: expected at most 256 KB, found 257 KB'],
    ['1 MB of [', 'brackets.yaml', 'config-unreadable', 'brackets.yaml: expected at most 256 KB, found 1024 KB'],
    ['no UTF-8', 'latin1.yaml', 'config-unreadable', 'latin1.yaml: expected UTF-8 text'],
  ])('refuses %s', async (_, file, code, message) => {
    const root = await folder({
      'ops.yaml': BARE,
      'big.yaml': '#'.repeat(256 * 1024 + 1),
      'brackets.yaml': '['.repeat(1024 * 1024),
      'latin1.yaml': Uint8Array.of(0x61, 0xe9, 0x0a),
    });
    await mkdir(join(root, 'dir'));
    const error = await refusal(root, { file });
    expect([error.code, error.exitCode, error.message]).toEqual([code, 2, message]);
  });

  it('stops at a directory that is named ops.yaml', async () => {
    const root = await folder({ 'ops.yaml/x': '' });
    expect((await refusal(root)).message).toBe('ops.yaml: expected a file, found a directory');
  });

  it('reads a file of exactly 256 KB, and one with a byte order mark', async () => {
    const root = await folder({ 'full.yaml': BARE + '#'.repeat(256 * 1024 - BARE.length), 'bom.yaml': `\uFEFF${BARE}` });
    expect((await load(root, { file: 'full.yaml' })).tailnet).toBe('tail1234.ts.net');
    expect((await load(root, { file: 'bom.yaml' })).tailnet).toBe('tail1234.ts.net');
  });
});

describe('what wins over ops.yaml', () => {
  const file = { 'ops.yaml': `${BARE}defaults: {user: deploy, auth: keys}\n` };

  it.each([
    [{}, {}, 'keys', []],
    [{ UA_SSH_AUTH_MODE: 'tailscale_ssh' }, {}, 'tailscale_ssh', ['UA_SSH_AUTH_MODE=tailscale_ssh']],
    [{ UA_SSH_AUTH_MODE: 'tailscale_ssh', OPS_AUTH: 'keys' }, {}, 'keys', ['OPS_AUTH=keys']],
    [{ UA_SSH_AUTH_MODE: 'tailscale_ssh', OPS_AUTH: '' }, {}, 'tailscale_ssh', ['UA_SSH_AUTH_MODE=tailscale_ssh']],
    [{ OPS_AUTH: 'keys' }, { auth: 'tailscale_ssh' }, 'tailscale_ssh', ['--auth=tailscale_ssh']],
  ])('auth: %j and %j give %s', async (env, flags, auth, overrides) => {
    const config = await load(await folder(file), { env, flags });
    expect([config.hosts.web1?.auth, config.overrides]).toEqual([auth, overrides]);
  });

  it.each([
    [{}, {}, 'required'],
    [{ UA_TAILNET_PREFLIGHT: 'force' }, {}, 'required'],
    [{ UA_TAILNET_PREFLIGHT: 'off' }, {}, 'disabled'],
    [{ UA_TAILNET_PREFLIGHT: 'off', OPS_PREFLIGHT: 'auto' }, {}, 'auto'],
    [{ OPS_PREFLIGHT: 'auto' }, { preflight: 'required' }, 'required'],
  ])('preflight: %j and %j give %s', async (env, flags, preflight) => {
    expect((await load(await folder(file), { env, flags })).preflight).toBe(preflight);
  });

  it('a user, and with it the privilege that follows from it, but never the account of local', async () => {
    const root = await folder({ 'ops.yaml': `${BARE}apps: {web: {hosts: [web1, local]}}\n` });
    const config = await load(root, { env: { OPS_USER: 'dana' } });
    expect([config.hosts.web1?.user, config.hosts.web1?.privilege, config.hosts.local?.user]).toEqual([
      'dana',
      'sudo',
      userInfo().username,
    ]);
  });

  it('is checked like the file, and together with it', async () => {
    const root = await folder({ 'ops.yaml': `${BARE}colour: red\n` });
    const error = await refusal(root, { env: { OPS_AUTH: 'key', OPS_USER: '$x', UA_TAILNET_PREFLIGHT: 'constructor' } });
    expect(lines(error)).toEqual([
      'ops.yaml:4:1 colour: unknown key; expected version, tailnet, defaults, hosts, apps, checks',
      'OPS_AUTH: expected keys or tailscale_ssh, found "key"',
      'OPS_USER: expected an account name of lower-case letters, digits, - and _, such as deploy, found "$x"',
      'UA_TAILNET_PREFLIGHT: expected required, auto or disabled, found "constructor"',
    ]);
  });
});

it.each(['out', '{dir: out}', '{git: HEAD, dir: out}'])(
  'refuses %s as a source when a link leads it out of the project',
  async source => {
    const outside = await folder({ secret: '', '.git/HEAD': '' });
    const root = await folder({ 'ops.yaml': `${BARE}apps: {web: {hosts: web1, source: ${source}}}\n`, '.git/HEAD': '' });
    await symlink(outside, join(root, 'out'));
    expect(lines(await refusal(root))).toEqual([
      expect.stringMatching(
        /^ops\.yaml:4:\d+ apps\.web\.source(\.dir)?: expected a directory below ops\.yaml, found a link that leads outside$/,
      ),
    ]);
  },
);

it('gives another digest for another file', async () => {
  const root = await folder({ 'ops.yaml': BARE });
  const before = (await load(root)).digest;
  await writeFile(join(root, 'ops.yaml'), `${BARE}#\n`);
  expect((await load(root)).digest).not.toBe(before);
});
