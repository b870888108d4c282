import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';
import { expectConverges, expectTruth, newestRun, phaseReached } from './support/interrupted.ts';

let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} }, operators: { op: {}, op2: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

/** Resolves when the run on the host has left its record: nobody had to listen. */
const recorded = async (app: string, run: string | null) => {
  const record = `/var/lib/ops/apps/${app}/runs/${run}/record`;
  await web1.must(`until [ -e ${record} ]; do sleep 0.05; done`, { timeoutMs: 30_000 });
};

/** Tunnels of a machine that slept take a moment to come back. */
const wakeUp = async () => {
  await lab.op.wakeUp();
  for (const host of lab.lab.hosts)
    await lab.op.must(`until tailscale ping --c 1 --timeout 1s ${host.name} >/dev/null; do :; done`, { timeoutMs: 60_000 });
};

describe('the network goes away while the release is watched', () => {
  test.each<[string, string, () => Promise<void>, () => Promise<void>]>([
    ['the laptop sleeps', 'asleep', () => lab.op.fallAsleep(), wakeUp],
    ['tailscaled of the host stops', 'no-tunnel', () => web1.offline({ unseen: true }), () => web1.online()],
  ])('%s: the host goes on alone, and the CLI tells the truth afterwards', async (_name, app, lose, recover) => {
    const project = await lab.project(app, { stable: '2s' });
    await project.deploy();
    await project.put(versionOf('2'));
    const reached = phaseReached(web1, app, 'stable');
    const running = project.start('deploy --yes');
    await reached;
    const run = await newestRun(web1, project);
    await lose();
    await recorded(app, run);
    await project.expectServes('2');
    await recover();
    const ended = await running.done;
    expect([0, 41], ended.stderr).toContain(ended.code);
    await expectTruth(project, web1, ended, { before: '1', wanted: '2' });
    const resumed = await project.ops('resume --yes');
    expect(resumed.code, resumed.text).toBe(0);
    expect(resumed.stdout).toContain('nothing is unfinished');
    await expectConverges(project, web1, '2');
  });

  test('the laptop sleeps for good: another one resumes the run', async () => {
    const project = await lab.project('taken-over', { stable: '4s' });
    await project.deploy();
    await project.put(versionOf('2'));
    const other = await project.on(lab.host('op2'));
    const reached = phaseReached(web1, 'taken-over', 'stable');
    const running = project.start('deploy --yes');
    await reached;
    await lab.op.fallAsleep();
    const resumed = await other.ops('resume --yes');
    expect(resumed.code, resumed.text).toBe(0);
    expect(resumed.stderr).toContain('ended well');
    await project.expectServes('2');
    await running.kill('SIGKILL');
    await wakeUp();
    await expectConverges(project, web1, '2');
  });
});

describe('a host or an operator that is not in the tailnet as it should be: refused with its own code, nothing changed', () => {
  let project: Project;
  let other: Project;
  let web2: Host;
  beforeAll(async () => {
    web2 = lab.host('web2');
    project = await lab.project('refused', { hosts: ['web2'] });
    await project.deploy();
    other = await project.on(lab.host('op2'));
    await other.put(versionOf('2'));
    await project.put(versionOf('2'));
  });

  const refused = async (from: Project, code: number, says: RegExp) => {
    const changed = () => web2.must('find /srv/refused /var/lib/ops/apps/refused -printf "%p %T@ %i\\n" | sort');
    const before = await changed();
    const ran = await from.ops('deploy --yes');
    expect(ran.code, ran.text).toBe(code);
    expect(ran.text).toMatch(says);
    expect(ran.text).toMatch(new RegExp(`exit ${code}$`, 'm'));
    expect(await changed()).toBe(before);
    await project.expectServes('1', 'web2');
  };

  test('offline', async () => {
    await web2.offline();
    await refused(project, 13, /offline/);
    await web2.online();
  });

  test('its node key has expired', async () => {
    await web2.expireKey();
    await refused(project, 13, /expired/);
    await web2.renewKey();
  });

  test('hidden by an access rule, or never there', async () => {
    await web2.hide();
    await refused(project, 12, /access rule hides it/);
    await web2.unhide();
  });

  test('another host key than the pinned one', async () => {
    const key = '/etc/ssh/ssh_host_ed25519_key';
    await web2.must(
      `cp -a /etc/ssh /tmp/ssh && rm ${key}* && ssh-keygen -q -t ed25519 -N '' -f ${key} && rm -f /etc/ssh/ssh_host_ecdsa_key* && systemctl restart ssh`,
    );
    await refused(project, 17, /host key/);
    await web2.must('rm -r /etc/ssh && mv /tmp/ssh /etc/ssh && systemctl restart ssh');
  });

  test('tailscaled does not run here', async () => {
    await other.operator.must('systemctl stop tailscaled');
    await refused(other, 10, /tailscaled/);
    await other.operator.must('systemctl start tailscaled');
    await other.operator.tailnetBack();
  });

  test('Tailscale is switched off, then logged out, here', async () => {
    await other.operator.must('tailscale down');
    await refused(other, 11, /tailscale up/);
    await other.operator.must('tailscale up');
    await other.operator.must('tailscale logout');
    await refused(other, 11, /log/);
  });

  test('through a relay only: it works, and is told', async () => {
    await web2.relayOnly(true);
    await lab.op.must('until tailscale ping --c 1 --timeout 1s web2 | grep -q DERP; do :; done', { timeoutMs: 60_000 });
    const ran = await project.deploy();
    expect(ran.stderr).toMatch(/\[WARN\] path .*(relay|derp)/i);
    await project.expectServes('2', 'web2');
    await web2.relayOnly(false);
  });
});
