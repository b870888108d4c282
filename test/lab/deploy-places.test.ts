import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppKeys, type AppLab, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';
import { newestRun, phaseReached } from './support/interrupted.ts';
import { look } from './support/look.ts';

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
});
afterAll(() => lab?.down());

describe('host: local, without ssh', () => {
  test.each([
    ['root', 'by-root'],
    ['deploy', 'by-sudo'],
  ])('as %s', async (user, app) => {
    const project = await lab.project(app, { hosts: ['local'] }, { config: { hosts: { local: {} } } });
    await lab.op.must(`rm ${project.dir}/ops.pins`);
    const ops = async (args: string, code = 0) => {
      // The folder is dev's: somebody else takes what is found there only when they say so.
      const ran = await project.ops(`${args} --config ${project.dir}/ops.yaml`, { user });
      expect(ran.code, ran.text).toBe(code);
      return ran;
    };
    await ops('deploy --yes');
    expect(await look(lab.op, project)).toMatchObject({ version: '1', answer: '1', differs: [], unit: 'active' });
    await project.put(versionOf('2', BEHAVIOUR.crashes));
    await ops('deploy --yes', 30);
    await project.put(versionOf('3'));
    await ops('deploy --yes');
    expect(await look(lab.op, project)).toMatchObject({ version: '3', answer: '3', differs: [], unit: 'active' });
    await ops('rollback --yes');
    expect(await look(lab.op, project)).toMatchObject({ version: '1', answer: '1', differs: [], unit: 'active' });
    await ops('status');
  });
});

test('trees of a forgotten app keep their names: the same content goes into a new one', async () => {
  const project = await lab.project('forgot');
  await project.deploy();
  const { link } = await project.look();
  const forgotten = await project.ops('hosts forget web1 --app forgot --yes');
  expect(forgotten.code, forgotten.text).toBe(0);
  expect(forgotten.stdout).toContain(`which stay:\n  ${project.path}/releases\n`);
  // The name that the next deploy would take, in whichever minute it comes.
  await lab.host('web1').must(`cd ${project.path} && for minute in 0 1 2; do
    name=releases/$(date -u -d "+$minute minutes" +%Y%m%d-%H%M)-${link!.split('-')[2]}
    [ -e "$name" ] || cp -a ${link} "$name"
  done`);
  await project.deploy();
  const seen = await project.expectServes('1');
  expect(seen.link).toMatch(/-2$/);
  expect(seen.trees).toContain(link!.split('/')[1]);
});

describe('--adopt takes over what runs already', () => {
  const install = async (app: string, port: number, tree: string) => {
    const web1 = lab.host('web1');
    for (const [path, content] of Object.entries(versionOf('by hand'))) await web1.write(`${tree}/${path}`, content);
    const unit = `[Service]\nUser=web\nWorkingDirectory=${tree.endsWith('/v1') ? `/srv/${app}/current` : tree}\nExecStart=/usr/bin/env node server.js ${port}\n`;
    await web1.write(`/etc/systemd/system/${app}.service`, unit);
    await web1.must(`chown -R web: ${tree}`);
  };
  const bytes = (tree: string) =>
    lab.host('web1').must(`find ${tree} -printf '%P %m %U %T@ %i %l\\n' -type f -exec sha256sum {} + | sort`);

  test.each([
    ['a folder', 'folder', '/srv/folder'],
    ['a folder behind current', 'linked', '/srv/linked/v1'],
  ])('%s: untouched, byte for byte, and a rollback goes to it', async (_name, app, tree) => {
    const web1 = lab.host('web1');
    const project = await lab.project(app);
    await install(app, project.port, tree);
    if (tree.endsWith('/v1')) await web1.must(`ln -s v1 /srv/${app}/current`);
    await web1.must(`systemctl daemon-reload && systemctl start ${app}`);
    const unit = await web1.read(`/etc/systemd/system/${app}.service`);
    const files = Object.keys(versionOf('1')).map(path => `${tree}/${path}`);
    const before = await bytes(files.join(' '));
    const refused = await project.deploy(19);
    expect(refused.stderr).toContain(`ops deploy ${app} --adopt`);
    expect(await web1.must(`ls -A /srv/${app}`)).not.toContain('.ops');

    await project.deploy(0, '--adopt');
    await project.expectServes('1');
    expect(await bytes(files.join(' '))).toBe(before);
    expect((await project.ops('releases')).stdout).toMatch(/adopted +proven, adopted/);

    await project.put(versionOf('2', BEHAVIOUR.crashes));
    await project.deploy(30);
    await project.expectServes('1');

    const back = await project.ops('rollback --yes');
    expect(back.code, back.text).toBe(0);
    expect(await project.look()).toMatchObject({ version: 'by hand', answer: 'by hand', unit: 'active' });
    expect(await bytes(files.join(' '))).toBe(before);
    expect(await web1.read(`/etc/systemd/system/${app}.service`)).toBe(unit);
    const looked = await project.ops('status --deep --probe');
    expect(looked.stdout).toMatch(/tree adopted UNKNOWN: it has no manifest/);
    expect(looked.stdout).toMatch(/probe \S+ http\S+ ok: 200/);
    await project.put(versionOf('3'));
    await project.deploy();
    await project.expectServes('3');
  });

  test('a first release that fails goes back to it', async () => {
    const web1 = lab.host('web1');
    const project = await lab.project('unlucky');
    await install('unlucky', project.port, '/srv/unlucky');
    await web1.must('systemctl daemon-reload && systemctl start unlucky');
    const unit = await web1.read('/etc/systemd/system/unlucky.service');
    await project.put(versionOf('1', BEHAVIOUR.crashes));
    await project.deploy(30, '--adopt');
    expect(await project.look()).toMatchObject({ answer: 'by hand', unit: 'active' });
    expect(await web1.read('/etc/systemd/system/unlucky.service')).toBe(unit);
  });

  /** What runs, its files, its units, and that it is nobody's. */
  const asItWas = (app: string) =>
    lab.host('web1').must(`find /srv/${app} -printf '%P %y %m %U %i %l\\n' -type f -exec sha256sum {} + | sort
      cat /etc/systemd/system/${app}.service; systemctl show -p InvocationID,NRestarts,UnitFileState ${app}
      ls -d /etc/systemd/system/${app}.service.d /var/lib/ops/apps/${app}/releases/adopted /var/lib/ops/apps/${app}/adopted 2>/dev/null || true`);

  const running = async (app: string, tree: string, keys: AppKeys = {}) => {
    const project = await lab.project(app, keys);
    await install(app, project.port, tree);
    if (tree.endsWith('/v1')) await lab.host('web1').must(`ln -s v1 /srv/${app}/current`);
    await lab.host('web1').must(`systemctl daemon-reload && systemctl start ${app}`);
    return project;
  };

  test.each([
    ['no-check', '/srv/no-check', { checks: [['false']], shared: ['data/log', '.env'] }, 21, 'check failed: false'],
    ['no-check-v1', '/srv/no-check-v1/v1', { checks: [['false']] }, 21, 'check failed: false'],
    ['no-unit', '/srv/no-unit', { services: { 'no-unit': { unit: 'no-unit.service' } } }, 21, 'unit-invalid'],
  ])('%s: refused before the swap, it is as it was, and nobody’s', async (app, tree, keys, code, says) => {
    const project = await running(app, tree);
    const { port } = project;
    await project.configure(keys);
    await project.put({ ...versionOf('1'), 'no-unit.service': '[Service]\nExecStart=/usr/bin/missing\n' });
    const before = await asItWas(app);
    const refused = await project.deploy(code, '--adopt');
    expect(refused.text).toContain(says);
    expect(await asItWas(app)).toBe(before);
    expect(await project.look()).toMatchObject({ answer: 'by hand', unit: 'active' });
    await project.configure({ services: { [app]: { run: `node server.js ${port}` } } });
    await project.deploy(0, '--adopt');
    await project.expectServes('1');
  });

  test('what does not run is refused, and nobody’s; once it runs it is taken over', async () => {
    const web1 = lab.host('web1');
    const project = await running('idle', '/srv/idle');
    await web1.must('systemctl stop idle');
    const before = await asItWas('idle');
    expect((await project.deploy(19, '--adopt')).text).toContain('idle.service');
    expect(await asItWas('idle')).toBe(before);
    await web1.must('systemctl start idle');
    await project.deploy(0, '--adopt');
    await project.expectServes('1');
  });

  test('a unit that was not named when it was adopted is refused before an upload, with the way to take it, too', async () => {
    const project = await running('later', '/srv/later/v1', { services: { later: {} } });
    await project.deploy(0, '--adopt');
    await project.configure({ services: { later: { unit: 'later.service' } } });
    await project.put({ ...versionOf('2'), 'later.service': '[Service]\nExecStart=/usr/bin/sleep 1000\n' });
    const before = await project.look();
    const refused = await project.deploy(19);
    expect(refused.text).toContain('later.service is on the host already');
    expect(refused.text).toContain('→ ops hosts forget web1 --app later');
    expect(await project.look()).toEqual(before);
  });

  test('an upload that fails leaves all that was there, and nobody’s', async () => {
    const web1 = lab.host('web1');
    const project = await running('unsent', '/srv/unsent');
    const theirs = () => asItWas('unsent').then(text => text.replace(/^(releases|shared)\b.*\n|^ d .*\n/gm, ''));
    const before = await theirs();
    const fails = 'case $* in *--files-from*) echo "rsync: out of luck" >&2; exit 12 ;; esac';
    await project.write({ 'bin/rsync': `#!/bin/sh\n${fails}\nexec /usr/bin/rsync "$@"\n` });
    const ran = await project.ops('deploy --yes --adopt', { before: 'chmod 755 bin/rsync; PATH=$PWD/bin:$PATH' });
    expect([ran.code, ran.stdout], ran.text).toEqual([19, expect.stringContaining('out of luck')]);
    expect(await theirs()).toBe(before);
    expect(await web1.must('ls -A /srv/unsent')).not.toContain('.ops');
    expect((await project.deploy(19)).stderr).toContain('ops deploy unsent --adopt');
    await project.deploy(0, '--adopt');
    await project.expectServes('1');
  });

  test('ops killed between adoption and swap: the host goes on, and resume watches it to its end', async () => {
    const web1 = lab.host('web1');
    const project = await running('orphan', '/srv/orphan', { checks: [['sleep', '3']] });
    const reached = phaseReached(web1, 'orphan', 'check');
    const started = project.start('deploy --yes --adopt');
    await reached;
    await started.kill('SIGKILL');
    await started.done;
    const run = await newestRun(web1, project);
    const resumed = await project.ops(`resume ${run}`);
    expect(resumed.code, resumed.text).toBe(0);
    await project.expectServes('1');
    expect((await project.ops('releases')).stdout).toMatch(/adopted +proven, adopted/);
  });

  test.each([
    ['crashed', '/srv/crashed'],
    ['crashed-v1', '/srv/crashed-v1/v1'],
  ])('%s: a host that crashes between adoption and swap serves what it did, once resumed', async (app, tree) => {
    const web1 = lab.host('web1');
    const project = await running(app, tree, { checks: [['sleep', '3']] });
    const files = Object.keys(versionOf('1')).map(path => `${tree}/${path}`);
    const before = await bytes(files.join(' '));
    const reached = phaseReached(web1, app, 'check');
    const started = project.start('deploy --yes --adopt');
    await reached;
    await web1.crash();
    await started.kill('SIGKILL');
    await started.done;
    await web1.boot();
    await lab.op.sees(web1, peer => peer?.Online === true);
    const resumed = await project.ops('resume --yes');
    expect(resumed.code, resumed.text).toBe(30);
    expect(await project.look()).toMatchObject({ version: 'by hand', answer: 'by hand', unit: 'active' });
    expect(await bytes(files.join(' '))).toBe(before);
    await project.deploy();
    await project.expectServes('1');
    const back = await project.ops('rollback --yes --to adopted');
    expect(back.code, back.text).toBe(0);
    expect(await project.look()).toMatchObject({ version: 'by hand', answer: 'by hand', unit: 'active' });
  });
});
