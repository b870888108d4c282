import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppLab, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';

const ROUNDS = process.env.OPS_TEST_FULL ? 200 : 20;

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
  // What the account of an app is after: a file of root's, and a folder whose files root runs.
  await lab.host('web1').must('mkdir -p /opt/victim/cron.d && echo secret >/opt/victim/shadow && chmod 600 /opt/victim/shadow');
});
afterAll(() => lab?.down());

const onHost = (script: string) => lab.host('web1').must(script);
const asWeb = (script: string) => lab.host('web1').must(['sh', '-c', script], { user: 'web' });
const victim = () =>
  onHost(`find /opt/victim /etc/shadow /etc/cron.d -printf '%p %y %U:%G %m %l\\n' -type f -exec sha256sum {} + | sort`);

describe('what the account of an app puts in the way is refused before anything is written', () => {
  test.each<[app: string, prepare: (path: string) => Promise<unknown>]>([
    [
      'planted-mark',
      async path => {
        await onHost(`mkdir ${path} && chown web: ${path}`);
        await asWeb(
          `echo app planted-mark >${path}/.ops && ln -s /opt/victim ${path}/shared && ln -s /opt/victim/cron.d ${path}/releases`,
        );
      },
    ],
    [
      'linked-releases',
      async path => {
        await onHost(
          `mkdir -p ${path} && echo app linked-releases >${path}/.ops && ln -s /opt/victim/cron.d ${path}/releases && chown -h web: ${path}/releases`,
        );
      },
    ],
    [
      'open-releases',
      path => onHost(`mkdir -p ${path}/releases && echo app open-releases >${path}/.ops && chmod 777 ${path}/releases`),
    ],
  ])('%s', async (app, prepare) => {
    const project = await lab.project(app, { shared: ['data/cache'] });
    await prepare(project.path);
    const before = [await victim(), await onHost(`find ${project.path} -printf '%p %y %U %m %l\\n'`)];
    const refused = await project.deploy(19);
    expect(refused.text).toContain('target-unsafe');
    expect(refused.text).toContain('→ on the host: ');
    expect([await victim(), await onHost(`find ${project.path} -printf '%p %y %U %m %l\\n'`)]).toEqual(before);
  });

  test('a place below a folder of the account', async () => {
    await onHost('mkdir -p /opt/mine && chown web: /opt/mine');
    const project = await lab.project('below', { path: '/opt/mine/below' });
    const refused = await project.deploy(19);
    expect(refused.text).toContain('/opt/mine belongs to web');
    expect(refused.text).toContain('→ on the host: sudo chown root /opt/mine');
    expect(await onHost('ls -A /opt/mine')).toBe('');
  });
});

test('links that are swapped all the time lead root nowhere, and what is shared in what is shared works', async () => {
  const project = await lab.project('swapped', { shared: ['data'], checks: [['true']] });
  await project.deploy();
  const { port } = project;
  const before = await victim();
  const swaps = `cd /srv/swapped/shared/data && while :; do for n in cache db; do
    mkdir $n; rmdir $n; ln -s /opt/victim/cron.d $n; rm -f $n; ln -s /opt/victim/shadow $n; rm -f $n; done; done 2>/dev/null`;
  const attacker = lab.host('web1').spawn(['sh', '-c', swaps], { user: 'web', timeoutMs: 3_600_000 });
  for (let round = 0; round < ROUNDS; round += 1) {
    await project.configure({
      shared: ['data/cache', `data/db/${round}`],
      services: { swapped: { run: `node server.js ${port}` } },
    });
    await project.put(versionOf(`${round}`));
    const ran = await project.ops('deploy --yes');
    expect([0, 19], ran.text).toContain(ran.code);
    expect(await victim()).toBe(before);
  }
  await attacker.kill('SIGKILL');
  await attacker.done.catch(() => undefined);
  await asWeb('cd /srv/swapped/shared/data && rm -rf cache db');
  await project.put(versionOf('honest'));
  await project.deploy();
  await project.expectServes('honest');
  expect(await onHost('stat -c %U /srv/swapped/shared/data/cache /srv/swapped/releases')).toBe('web\nroot\n');
}, 3_600_000);

test('an adopted folder of the account changes hands as the plan says, and a forget gives it back', async () => {
  const project = await lab.project('handed', { shared: ['data'] });
  for (const [path, content] of Object.entries(versionOf('by hand')))
    await lab.host('web1').write(`/srv/handed/${path}`, content);
  const unit = `[Service]\nUser=web\nWorkingDirectory=/srv/handed\nExecStart=/usr/bin/env node server.js ${project.port}\n`;
  await lab.host('web1').write('/etc/systemd/system/handed.service', unit);
  await onHost('chown -R web: /srv/handed && chmod 775 /srv/handed && systemctl daemon-reload && systemctl start handed');
  const plan = await project.ops('deploy --adopt --dry-run');
  expect(plan.text).toContain('take /srv/handed itself from web: owner root, mode 755 (not what is in it)');
  expect(await onHost('stat -c "%U %a" /srv/handed')).toBe('web 775\n');
  await project.deploy(0, '--adopt');
  await project.expectServes('1');
  expect(await onHost('stat -c "%U %a" /srv/handed /srv/handed/server.js')).toBe('root 755\nweb 644\n');
  const forgotten = await project.ops('hosts forget web1 --app handed --yes');
  expect(forgotten.code, forgotten.text).toBe(0);
  expect(await onHost('stat -c "%U %a" /srv/handed /srv/handed/server.js')).toBe('web 775\nweb 644\n');
});
