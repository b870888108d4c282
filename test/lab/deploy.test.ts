import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppLab, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';
import { expectConverges, phaseReached } from './support/interrupted.ts';

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} } });
});
afterAll(() => lab?.down());

test('a first deploy puts the app where nothing was; a second one finds nothing to do and says so in one execution', async () => {
  const project = await lab.project('first');
  const web1 = lab.host('web1');
  const mark = await web1.sshMark();
  const ran = await project.deploy();
  expect(ran.stdout).toMatch(/^Deployed \d{8}-\d{4}-[0-9a-f]{6} to web1\. Receipt r-\w{6}\n$/);
  expect(await web1.countSessions(mark)).toBeLessThanOrEqual(6);
  const seen = await project.expectServes('1');
  expect(Object.values(seen.states)).toEqual(['proven']);
  expect(seen.trees).toEqual(Object.keys(seen.states));

  const before = await web1.must('find /srv/first /var/lib/ops/apps/first /etc/systemd/system -printf "%p %T@ %i\\n" | sort');
  const again = await web1.sshMark();
  const idle = await project.deploy();
  expect(idle.stdout).toBe(`Nothing to do: web1 already serves ${Object.keys(seen.states)[0]}.\n`);
  expect(await web1.countSessions(again)).toBe(1);
  expect(await web1.must('find /srv/first /var/lib/ops/apps/first /etc/systemd/system -printf "%p %T@ %i\\n" | sort')).toBe(
    before,
  );
});

test('a difference sends the changed file only; unchanged files share their inode, and the old release stays as it was', async () => {
  const project = await lab.project('differs');
  await project.deploy();
  const { link } = await project.look();
  const web1 = lab.host('web1');
  const list = () =>
    web1.must(`cd /srv/differs/${link} && find . -type f -printf '%P %i %T@ %m %U ' -exec sha256sum {} + | sort`);
  const before = await list();
  await project.put(versionOf('2'));
  const { stderr } = await project.deploy();
  expect(stderr).toContain('upload 1 file, 2 B of');
  const seen = await project.expectServes('2');
  expect(await list()).toBe(before);
  const inodes = await web1.must(
    `stat -c %i /srv/differs/${link}/lib/unchanged.js /srv/differs/${seen.link}/lib/unchanged.js /srv/differs/${link}/version /srv/differs/${seen.link}/version`,
  );
  const [oldSame, newSame, oldChanged, newChanged] = inodes.trim().split('\n');
  expect(newSame).toBe(oldSame);
  expect(newChanged).not.toBe(oldChanged);
  expect(await web1.must(`find /srv/differs/releases ! -user root`), 'the app could write').toBe('');
});

test('what was changed by hand is seen, shown with the plan and put right; nothing of it is seen where nobody did', async () => {
  const project = await lab.project('by-hand', { env: { COLOUR: 'blue' } });
  const web1 = lab.host('web1');
  await project.deploy();
  await project.put(versionOf('2'));
  await project.deploy();
  const calm = await project.ops('status --deep --probe');
  expect([calm.code, calm.stdout.match(/DRIFT|FAILED|UNKNOWN|not asked/g)], calm.text).toEqual([0, null]);
  await web1.must(`cd /etc && chmod 644 ops/by-hand.env && echo Nice=5 >>systemd/system/by-hand.service
    systemctl disable -q by-hand && sed -i 's/$/ /' /srv/by-hand/current/lib/unchanged.js`);
  const mark = await web1.sshMark();
  const { code, stdout } = await project.ops('status');
  expect(await web1.countSessions(mark)).toBe(1);
  expect(code).toBe(1);
  for (const what of [
    '(proven), before it',
    'probes not asked',
    'DRIFT: /etc/systemd/system/by-hand.service was changed by hand',
    'lib/unchanged.js was changed by hand',
    'DRIFT: /etc/ops/by-hand.env has mode 644, not 600',
    'not enabled at boot',
  ])
    expect(stdout).toContain(what);
  expect((await project.ops('status --deep')).stdout).toMatch(/tree \S+ FAILED: lib\/unchanged\.js: not the content/);
  await project.configure({ env: { COLOUR: 'red', SIZE: 'xl' } });
  const planned = await project.ops('deploy --dry-run --verbose');
  expect(planned.stdout).toContain('env COLOUR changed, SIZE new');
  expect(planned.stdout).toContain('by-hand.service is not enabled at boot');
  expect(planned.stdout).toContain('\nweb1:/etc/systemd/system/by-hand.service\n');
  expect(planned.stdout).toContain('\n  -Nice=5\n');
  expect(planned.text).not.toMatch(/red|blue|xl/);
  await project.deploy();
  await project.expectServes('2');
  expect(await web1.must('stat -c %a /etc/ops/by-hand.env')).toBe('600\n');
  const after = await project.ops('status --deep');
  expect([after.code, after.stdout.includes('DRIFT')], after.text).toEqual([0, false]);
});

test('a release that does not live goes back with its units and its env, showing its last words', async () => {
  const project = await lab.project('goes-back', { env: { COLOUR: 'blue' } });
  await project.deploy();
  const before = await project.look();
  const web1 = lab.host('web1');
  const installed = () => web1.must('sha256sum /etc/systemd/system/goes-back.service /etc/ops/goes-back.env');
  const files = await installed();
  await project.configure({ env: { COLOUR: 'red' }, services: { 'goes-back': { run: `node server.js ${project.port} --new` } } });
  await project.put(versionOf('2', BEHAVIOUR.crashes));
  const ran = await project.deploy(30);
  expect(ran.stdout).toContain('Error: no such table: users');
  expect(ran.stdout).toMatch(/web1 failed and is back on \S+\. Receipt r-\w{6} · exit 30\n$/);
  const seen = await project.expectServes('1');
  expect(seen.link).toBe(before.link);
  expect(await installed()).toBe(files);
  expect(JSON.parse(await web1.must(`curl -s http://127.0.0.1:${project.port}/env`))).toMatchObject({ COLOUR: 'blue' });
  expect(Object.values(seen.states).sort()).toEqual(['failed', 'proven']);
  await project.put(versionOf('3'));
  await project.deploy();
  await project.expectServes('3');
});

test.each([
  ['ends after 0.4 s', BEHAVIOUR.diesSoon, 'exit 3'],
  ['answers 503', BEHAVIOUR.isIll, '503'],
  ['never listens', 'module.exports = {};\nprocess.argv[2] = "/dev/null/none";\nsetInterval(() => {}, 1e6);\n', 'web'],
])('a release that %s goes back too', async (name, behaviour, told) => {
  const project = await lab.project(`back-${name.length}`);
  await project.deploy();
  await project.put(versionOf('2', behaviour));
  expect((await project.deploy(30)).stdout).toContain(told);
  await project.expectServes('1');
});

test('a first deploy that fails leaves nothing running and nothing current', async () => {
  const project = await lab.project('stillborn');
  await project.put(versionOf('1', BEHAVIOUR.crashes));
  const ran = await project.deploy(31);
  expect(ran.stdout).toMatch(/serves no proven release\. Receipt r-\w{6} · exit 31\n$/);
  const seen = await project.look();
  expect(seen).toMatchObject({ link: null, answer: null });
  expect(['inactive', '']).toContain(seen.unit);
  expect(await lab.host('web1').must('ls /etc/systemd/system')).not.toContain('stillborn');
  await project.put(versionOf('2'));
  await project.deploy();
  await project.expectServes('2');
});

test('two hosts: when one fails both are back, and the host alone knows it', async () => {
  const project = await lab.project('pair', { hosts: ['web1', 'web2'] });
  await project.deploy();
  const before = await Promise.all([project.look('web1'), project.look('web2')]);
  await project.put(versionOf('2', 'if (require("node:os").hostname() === "web2") process.exit(4);\n'));
  const document = await project.json('deploy --yes');
  expect(document).toMatchObject({ ok: false, exit: 30, schema: 'ops/deploy@2' });
  expect(document.hosts?.map(({ host, result }) => `${host} ${result}`)).toEqual(['web1 reverted', 'web2 reverted']);
  const after = await Promise.all([project.expectServes('1', 'web1'), project.expectServes('1', 'web2')]);
  expect(after.map(seen => seen.link)).toEqual(before.map(seen => seen.link));
});

/** Answers well while the host has shared/data/ready. */
const WHILE_READY = "module.exports = { get status() { return require('node:fs').existsSync('data/ready') ? 200 : 503; } };\n";

test('a probe that only the operator can ask decides, too', async () => {
  const probe = (from: string, contains: string) => ({
    http: `http://{host}:${port}/`,
    from,
    contains,
    attempts: 2,
    interval: '200ms',
  });
  const project = await lab.project('seen-from-here');
  const { port } = project;
  await project.configure({ probes: [probe('operator', '1')] });
  expect((await project.deploy()).stderr).toContain('1 of 1 answered over the tailnet');
  await project.put(versionOf('2'));
  const ran = await project.deploy(30);
  expect(ran.stdout).toContain(`http://web1.lab.test:${port}/ seen from here`);
  expect(ran.stdout).toContain('→ ops explain operator-probe');
  await project.expectServes('1');
  expect((await project.ops('releases')).stdout).toMatch(/failed[\s\S]*proven/);
  await project.configure({ probes: [probe('operator', '2')], shared: ['data'] });
  await project.put(versionOf('2', WHILE_READY));
  const ready = `/srv/${project.app}/shared/data/ready`;
  await lab.host('web1').must(`mkdir -p $(dirname ${ready}) && touch ${ready}`);
  await project.deploy();
  await lab.host('web1').must(`rm ${ready}`);
  const resumed = await project.ops('resume');
  expect([resumed.code, resumed.stdout]).toEqual([32, expect.stringContaining('→ ops rollback seen-from-here')]);
  await project.expectServes('2');
});

test('a first release that does not answer from here is taken back, and the host knows it failed', async () => {
  const project = await lab.project('doubted');
  const http = `http://{host}:${project.port}/`;
  const probe = (contains: string) => ({ probes: [{ http, from: 'operator', contains, attempts: 2, interval: '200ms' }] });
  await project.configure(probe('never'));
  const ran = await project.deploy(31);
  expect(ran.stdout).toContain('seen from here over the tailnet');
  const unit = await lab.host('web1').exec('systemctl is-active doubted.service; test -e /srv/doubted/current');
  expect([unit.code, unit.stdout]).toEqual([1, 'inactive\n']);
  expect((await project.ops('releases')).stdout).toContain('failed');
  expect((await project.ops('status')).stdout).toMatch(/last way back r-\w{6}-back by .*: not-serving/);
  await project.configure(probe('1'));
  const again = await project.deploy();
  expect(again.stdout).toContain('Deployed');
  expect((await project.ops('status')).stdout).toContain('(proven)');
  expect((await project.deploy()).stdout).toContain('Nothing to do');
});

test('killed while it asks from here, it has proven nothing: the host says so, and resume asks again', async () => {
  const project = await lab.project('half-asked');
  const http = `http://{host}:${project.port}/`;
  await project.configure({ shared: ['data'], probes: [{ http, from: 'operator', attempts: 100, interval: '200ms' }] });
  await project.put(versionOf('1', WHILE_READY));
  const reached = phaseReached(lab.host('web1'), 'half-asked', 'done');
  const running = project.start('deploy --yes');
  await reached;
  await running.kill('SIGKILL');
  await running.done;
  const seen = await project.ops('status');
  expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining('(active)')]);
  const [, run] = /last deploy (r-\w{6}) /.exec(seen.stdout) ?? [];
  await lab.host('web1').must('touch /srv/half-asked/shared/data/ready');
  const planned = await project.ops('deploy --check');
  expect(planned.code, planned.text).toBe(3);
  const resumed = await project.ops('resume --yes');
  expect(resumed.code, resumed.text).toBe(0);
  const proven = (await project.ops('status')).stdout;
  expect(proven).toContain('(proven)');
  expect(proven, 'the proof is of the run that brought it').toContain(`last deploy ${run} `);
  expect((await project.deploy()).stdout).toContain('Nothing to do');
});

test('a proof that a later deploy overtakes is none: that one stands, under its own name', async () => {
  const project = await lab.project('outrun');
  const http = `http://{host}:${project.port}/`;
  await project.configure({ probes: [{ http, from: 'operator', contains: 'ready', attempts: 100, interval: '200ms' }] });
  await project.put(versionOf('1 ready'));
  const first = await project.json('deploy --yes');
  expect((await project.ops('status')).stdout).toContain(`last deploy ${first.run} `);
  await project.put(versionOf('2'));
  const cwd = `${project.dir}-later`;
  const reached = phaseReached(lab.host('web1'), 'outrun', 'done');
  const running = project.start('deploy --yes --json');
  await reached;
  await lab.op.must(`cp -a ${project.dir} ${cwd} && echo '3 ready' >${cwd}/tree/version`);
  const later = await project.json('deploy --yes', { cwd });
  expect(later, JSON.stringify(later)).toMatchObject({ code: 0 });
  const ended = await running.done;
  expect([ended.code, ended.stdout], ended.stdout).toEqual([41, expect.stringContaining('somebody else was quicker')]);
  const status = (await project.ops('status')).stdout;
  expect(status).toContain(`last deploy ${later.run} `);
  expect(status).toContain('(proven)');
  await project.expectServes('3 ready');
});

test('a service that ops.yaml does not name any more is stopped and removed, though nothing else changed', async () => {
  const project = await lab.project('fewer');
  const { port } = project;
  const run = `node server.js ${port}`;
  await project.configure({ services: { fewer: { run }, extra: { run: 'sleep 1000' } } });
  await project.deploy();
  const extra = () => lab.host('web1').exec('systemctl is-active extra.service; ls /etc/systemd/system | grep -c extra');
  expect((await extra()).stdout).toBe('active\n1\n');
  await project.configure({ services: { fewer: { run } } });
  const planned = await project.ops('deploy --check');
  expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('stop and remove extra.service')]);
  await project.deploy();
  expect((await extra()).stdout).toBe('inactive\n0\n');
  expect((await project.deploy()).stdout).toContain('Nothing to do');
});

test('an app whose path was changed is not deployed a second time elsewhere', async () => {
  const project = await lab.project('mover');
  await project.deploy();
  await project.configure({ path: '/srv/elsewhere' });
  const ran = await project.ops('deploy --yes');
  expect([ran.code, ran.stderr]).toEqual([19, expect.stringContaining('mover is in /srv/mover on this host')]);
  await project.expectServes('1');
});

test('a check that fails in the new release stops it before anything changes', async () => {
  const project = await lab.project('checked', {
    checks: ['node --check server.js', ['sh', '-c', 'test "$(id -un)" = web && ! grep -q 2 version']],
  });
  await project.deploy();
  const before = await project.look();
  const pid = await lab.host('web1').must('systemctl show -p MainPID,InvocationID checked.service');
  await project.put(versionOf('2'));
  const ran = await project.deploy(21);
  expect(ran.stdout).toMatch(/web1 was not changed: the release was refused\. Receipt r-\w{6} · exit 21\n$/);
  expect((await project.expectServes('1')).link).toBe(before.link);
  expect(await lab.host('web1').must('systemctl show -p MainPID,InvocationID checked.service')).toBe(pid);
});

test('a file that changes after it was hashed is noticed on the host, by its content, before anything changes', async () => {
  const project = await lab.project('shifting');
  await project.deploy();
  await project.put({ ...versionOf('2'), 'late.js': 'as it was hashed\n' });
  const rsync = '#!/bin/sh\ncase $* in *--files-from*) echo "AS IT WAS HASHED" >tree/late.js ;; esac\nexec /usr/bin/rsync "$@"\n';
  await project.write({ 'bin/rsync': rsync });
  const ran = await project.ops('deploy --yes', { before: 'chmod 755 bin/rsync; PATH=$PWD/bin:$PATH' });
  expect(ran.code, ran.text).toBe(32);
  expect(ran.stdout).toContain('late.js');
  await project.expectServes('1');
  await expectConverges(project, lab.host('web1'), '2');
});
