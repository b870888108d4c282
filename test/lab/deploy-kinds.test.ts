import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} } });
});
afterAll(() => lab?.down());

const envOf = async (project: Project, host = 'web1'): Promise<Record<string, string>> =>
  JSON.parse(await lab.host(host).must(`curl -s http://127.0.0.1:${project.port}/env`));

test('values of env, however odd, arrive exactly, from a file that only root reads', async () => {
  const odd = {
    QUOTES: `'single' "double" \`back\``,
    DOLLAR: '$HOME ${HOME} $$ $(id) %h %% \\$',
    BACKSLASH: 'a\\nb\\\\ \\',
    NEWLINES: 'one\ntwo\n\nfour\n',
    BLANKS: '  two before, two after  ',
    HASH: '# no comment ; neither',
    UNICODE: 'žluťoučký kůň 🐎',
    EQUALS: '=a=b=',
    EMPTY: '',
    TAB: 'a\tb',
  };
  const project = await lab.project('odd-env', { env: { ...odd, NUMBER: 5432, FLAG: true, FROM_HERE: { env: 'ODD_SECRET' } } });
  const secret = `hunter2 "$(id)" 'x' \\`;
  const ran = await project.ops('deploy --yes', { env: { ODD_SECRET: secret } });
  expect(ran.code, ran.text).toBe(0);
  expect(await envOf(project)).toMatchObject({ ...odd, NUMBER: '5432', FLAG: 'true', FROM_HERE: secret });
  expect(await lab.host('web1').must('stat -c "%a %U %G" /etc/ops/odd-env.env')).toBe('600 root root\n');
  const missing = await project.ops('deploy --yes');
  expect(missing.code).toBe(14);
  expect(missing.stderr).toContain('ODD_SECRET');
});

test('names that begin with # and ; arrive, and special modes do not', async () => {
  const project = await lab.project('odd-files');
  const odd = { '#auto#': '1', '#dir/;a': '2', ';semi': '3', ' -e': '4', 'bin/suid': '5' };
  await project.put({ ...versionOf('1'), ...odd });
  await project.operator.must('chmod 6755 tree/bin/suid && chmod 3777 tree/bin && chmod 1644 "tree/#auto#"', {
    cwd: project.dir,
  });
  await project.deploy();
  await project.expectServes('1');
  const current = `${project.path}/current`;
  for (const [file, content] of Object.entries(odd)) expect(await lab.host('web1').read(`${current}/${file}`)).toBe(content);
  const modes = `stat -c "%a %n" bin bin/suid "#auto#"`;
  expect(await lab.host('web1').must(modes, { cwd: `${current}/` })).toBe('755 bin\n755 bin/suid\n644 #auto#\n');
});

test('shared paths outlive a release and belong to the app', async () => {
  // As SQLite writes: a file beside its own, where the link leads.
  const writes = `const fs = require('node:fs');
fs.appendFileSync('data/log/app.log', 'x');
const db = fs.realpathSync('db.sqlite3');
fs.writeFileSync(db + '-journal', '');
fs.appendFileSync(db, fs.readFileSync('.env'));
fs.unlinkSync(db + '-journal');
module.exports = {};
`;
  const project = await lab.project('shared', { shared: ['data/log', 'uploads', 'my files/in', '.env', 'db.sqlite3'] });
  for (const version of ['1', '2']) {
    await project.put(versionOf(version, writes));
    await project.deploy();
    await project.expectServes(version);
    await lab.host('web1').must(`printf KEY=${version} >/srv/shared/shared/.env`);
  }
  const web1 = lab.host('web1');
  const at = { cwd: '/srv/shared/shared' };
  expect(await web1.must('cat data/log/app.log; echo; cat db.sqlite3', at)).toBe('xx\nKEY=1');
  expect(await web1.must('stat -c "%U %a %F" data/log uploads "my files/in" .env db.sqlite3', at)).toBe(
    `${'web 755 directory\n'.repeat(3)}${'web 600 regular file\n'.repeat(2)}`,
  );
});

const unit = (project: Project, user = 'User=web\n', target = 'multi-user.target') =>
  `[Service]\n${user}WorkingDirectory=${project.path}/current\nExecStart=/usr/bin/env node server.js ${project.port}\nRestart=always\n[Install]\nWantedBy=${target}\n`;

test('a unit that was there before gets a drop-in and keeps its own file', async () => {
  const project = await lab.project('existing');
  const web1 = lab.host('web1');
  await web1.write('/etc/systemd/system/existing.service', unit(project));
  await web1.must('systemctl daemon-reload');
  const before = await web1.must(
    'stat -c "%i %Y" /etc/systemd/system/existing.service; sha256sum /etc/systemd/system/existing.service',
  );
  await project.configure({ services: { existing: null }, env: { COLOUR: 'green' } });
  await project.deploy();
  await project.expectServes('1');
  expect(await envOf(project)).toMatchObject({ COLOUR: 'green' });
  expect(await web1.must('ls /etc/systemd/system/existing.service.d')).toBe('50-ops-existing.conf\n');
  await project.put(versionOf('2', BEHAVIOUR.crashes));
  await project.deploy(30);
  await project.expectServes('1');
  expect(
    await web1.must('stat -c "%i %Y" /etc/systemd/system/existing.service; sha256sum /etc/systemd/system/existing.service'),
  ).toBe(before);
});

test('a unit file in the source goes along, is enabled, and goes back with its release', async () => {
  const project = await lab.project('shipped', { services: { shipped: { unit: 'deploy/shipped.service' } } });
  const web1 = lab.host('web1');
  const file = 'deploy/shipped.service';
  await project.put({ ...versionOf('1'), [file]: unit(project) });
  await project.deploy();
  await project.expectServes('1');
  expect(await web1.must('cat /etc/systemd/system/shipped.service; systemctl is-enabled shipped.service')).toBe(
    `${unit(project)}enabled\n`,
  );
  await project.put({ ...versionOf('2'), [file]: unit(project).replace('/usr/bin/env node', '/usr/bin/missing') });
  const refused = await project.deploy(21);
  expect(refused.stdout).toContain('/usr/bin/missing');
  expect(await web1.must('cat /etc/systemd/system/shipped.service')).toBe(unit(project));
  await project.put({ ...versionOf('2', BEHAVIOUR.crashes), [file]: `${unit(project)}# second\n` });
  await project.deploy(30);
  await project.expectServes('1');
  expect(await web1.must('cat /etc/systemd/system/shipped.service')).toBe(unit(project));
});

test('a git commit is exported clean; what is not committed stays here and is warned of', async () => {
  const project = await lab.project('from-git', { source: { git: 'HEAD', dir: 'tree' } });
  const git = 'git -c user.name=dev -c user.email=dev@example.com';
  await project.operator.must(`git init -q . && git add -A && ${git} commit -qm one`, { user: 'dev', cwd: project.dir });
  const commit = (await project.operator.must('git rev-parse HEAD', { user: 'dev', cwd: project.dir })).trim();
  await project.write({ 'tree/version': 'dirty\n', 'tree/untracked': 'x' });
  const ran = await project.deploy();
  expect(ran.stderr).toContain('the work tree has changes that are not in');
  await project.expectServes('1');
  const web1 = lab.host('web1');
  expect(await web1.must('ls /srv/from-git/current')).toBe('behaviour.js\nlib\nserver.js\nversion\n');
  expect(await web1.must('cat /var/lib/ops/apps/from-git/releases/*/meta')).toContain(`commit=${commit} (dirty tree)`);
});

test.each([
  ['root', { user: 'root' }],
  ['doas', { user: 'doer', privilege: 'doas' }],
])('privilege %s', async (name, host) => {
  const project = await lab.project(`by-${name}`, {}, { config: { hosts: { web1: host } } });
  await project.deploy();
  await project.expectServes('1');
  await project.put(versionOf('2', BEHAVIOUR.crashes));
  await project.deploy(30);
  await project.put(versionOf('3'));
  await project.deploy();
  await project.expectServes('3');
  expect((await project.ops('status')).code).toBe(0);
});

test('privilege none: user units, the login’s own folders, no root anywhere', async () => {
  const keys = { path: '/home/plain/unprivileged', user: 'plain', env: { COLOUR: 'grey' } };
  const project = await lab.project('unprivileged', keys, { config: { hosts: { web2: { user: 'plain', privilege: 'none' } } } });
  await project.configure({ ...keys, hosts: ['web2'] }, { hosts: { web2: { user: 'plain', privilege: 'none' } } });
  const web2 = lab.host('web2');
  const place = { app: 'unprivileged', path: keys.path, port: project.port, state: '/home/plain/.local/state/ops' };
  await project.deploy();
  const seen = await project.look('web2', place);
  expect(seen).toMatchObject({ version: '1', answer: '1', differs: [] });
  expect(await envOf(project, 'web2')).toMatchObject({ COLOUR: 'grey', USER: 'plain' });
  expect(await web2.must('stat -c "%a %U" /home/plain/.config/ops/unprivileged.env')).toBe('600 plain\n');
  expect(
    await web2.must(
      'find / -xdev -user root -newer /home/plain/unprivileged/.ops -path "*ops*" -not -path "/proc/*" -not -path "/var/log/*"',
    ),
  ).toBe('');
  await project.put(versionOf('2', BEHAVIOUR.crashes));
  const back = await project.deploy(30);
  expect(back.stdout).toContain('Error: no such table: users');
  expect(await project.look('web2', place)).toMatchObject({ version: '1', answer: '1', differs: [] });
  await project.put(versionOf('3'));
  await project.deploy();
  expect(await project.look('web2', place)).toMatchObject({ version: '3', answer: '3', differs: [] });
});

test('what operator and host have in their environment and dot files changes nothing', async () => {
  const project = await lab.project('surrounded', { source: { git: 'HEAD', dir: 'tree' } });
  const [web1, op] = [lab.host('web1'), project.operator];
  const git = 'git -c user.name=dev -c user.email=dev@example.com';
  const commit = () => op.must(`git init -q . && git add -A && ${git} commit -qm one`, { user: 'dev', cwd: project.dir });
  await commit();
  const ssh = [
    ...[
      'Host *',
      'IgnoreUnknown UseKeychain',
      'UseKeychain yes',
      'StdinNull yes',
      'ForkAfterAuthentication yes',
      'SessionType none',
    ],
    ...['RequestTTY force', 'AddressFamily inet6', 'SendEnv *', 'SetEnv LC_ALL=de_DE', 'VisualHostKey yes', 'Compression yes'],
    ...['BindAddress 127.0.0.1', 'LogLevel DEBUG', 'RemoteForward 1 127.0.0.1:1', 'Tunnel yes', 'EscapeChar ~', ''],
  ];
  await op.write('/home/dev/.ssh/config', ssh.join('\n'), { owner: 'dev:dev' });
  await op.write('/home/dev/.popt', 'rsync alias --checksum --checksum --exclude=version\n', { owner: 'dev:dev' });
  await web1.write('/root/.curlrc', 'connect-to = "::127.0.0.1:1"\n');
  const login = 'export POSIXLY_CORRECT=1 SYSTEMD_LOG_LEVEL=debug RSYNC_CHECKSUM_LIST=none-such TAR_OPTIONS=-v TZ=Asia/Tokyo\n';
  await web1.must(`cp /home/deploy/.bashrc /home/deploy/.bashrc.kept 2>/dev/null; printf '${login}' >/home/deploy/.bashrc`);
  const env = {
    ...{ GIT_DIR: '/home/dev/none', GIT_INDEX_FILE: '/home/dev/none', TAR_OPTIONS: '--exclude=version', POSIXLY_CORRECT: '1' },
    ...{ RSYNC_RSH: 'false', RSYNC_CHECKSUM_LIST: 'none-such', LC_ALL: 'de_DE.UTF-8', http_proxy: 'http://127.0.0.1:1' },
  };
  try {
    const ran = await project.ops('deploy --yes', { env });
    expect(ran.code, ran.text).toBe(0);
    await project.expectServes('1');
    await project.put(versionOf('2', BEHAVIOUR.crashes));
    await commit();
    expect((await project.ops('deploy --yes', { env })).code).toBe(30);
    await project.expectServes('1');
    await op.write('/home/dev/.ssh/config', 'Host *\n  IdentityFil x\n', { owner: 'dev:dev' });
    const refused = await project.ops('deploy --yes', { env });
    expect([refused.code, refused.text]).toEqual([
      2,
      expect.stringContaining('/home/dev/.ssh/config:2 Bad configuration option'),
    ]);
  } finally {
    await op.must('rm -f /home/dev/.ssh/config /home/dev/.popt');
    await web1.must(
      'rm -f /root/.curlrc /home/deploy/.bashrc; mv /home/deploy/.bashrc.kept /home/deploy/.bashrc 2>/dev/null || true',
    );
  }
});
