import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} } });
});
afterAll(() => lab?.down());

const everything = () =>
  lab.host('web1').must('find /srv /var/lib/ops /etc/ops /etc/systemd/system -printf "%p %i %T@ %m\\n" 2>/dev/null | sort');
const receiptOf = (project: Project, run: string, part: string) =>
  project.operator.read(`/home/dev/.local/state/ops/receipts/${run}/${part}.json`).then(text => JSON.parse(text));

test('--dry-run and --check stop after the plan; without a terminal only --yes goes on', async () => {
  const project = await lab.project('asks');
  const before = await everything();
  const dry = await project.ops('deploy --dry-run');
  expect(dry.code, dry.text).toBe(0);
  expect(dry.stdout).toContain('Plan for asks → web1 (lab.test)');
  expect((await project.ops('deploy --check')).code).toBe(3);
  const asked = await project.ops('deploy');
  expect(asked.code).toBe(42);
  expect(asked.stderr).toContain('nothing was changed: there is no terminal to ask on');
  const onTerminal = ['script', '-qec', 'ops deploy --json', '/dev/null'];
  const { code, stdout } = await lab.op.spawn(onTerminal, { user: 'dev', cwd: project.dir }).done;
  expect({ code, stdout }).toMatchObject({ code: 42, stdout: expect.stringContaining('nothing was changed: --json never asks') });
  expect(await everything()).toBe(before);
  const planned = await project.json<{ changes: boolean; plan: { release: { files: number } } }>('deploy --check');
  expect(planned).toMatchObject({ ok: true, code: 3, changes: true, plan: { release: { files: 4 } } });
  await project.deploy();
  expect((await project.ops('deploy --check')).code).toBe(0);
  expect((await project.ops('rollback --check')).code).toBe(21);
});

test('--json is one document on every command, and its exit is the process’s', async () => {
  const project = await lab.project('machine', { hosts: ['web1', 'web2'] });
  const deployed = await project.json('deploy --yes');
  expect(deployed).toMatchObject({ schema: 'ops/deploy@2', ok: true, code: 0 });
  expect(deployed.hosts?.map(({ result }) => result)).toEqual(['done', 'done']);
  for (const host of deployed.hosts ?? []) {
    expect(host.seen.release).toBe((await project.look(host.host)).link?.slice('releases/'.length));
    expect(host.executions).toBeLessThanOrEqual(6);
  }
  expect(await project.json('deploy --yes')).toMatchObject({ ok: true, code: 0, changes: false });
  for (const schema of ['status@1', 'releases@2', 'hosts@1', 'preflight@1', 'resume@2', 'config-check@1']) {
    const command = schema.replace('-', ' ').replace(/@.*/, '');
    expect(await project.json(command), command).toMatchObject({ schema: `ops/${schema}`, ok: true, code: 0 });
  }
  expect(await project.json('rollback --yes')).toMatchObject({ ok: false, code: 21, error: { code: 'no-previous-release' } });
  expect(await project.json('deploy nothing --yes')).toMatchObject({ ok: false, code: 2, error: { code: 'app-unknown' } });
  await project.put(versionOf('2', 'process.exit(1);\n'));
  const failed = await project.json('deploy --yes');
  expect(failed).toMatchObject({ ok: false, code: 30 });
  const receipt = await receiptOf(project, failed.run ?? '', 'result');
  expect(receipt).toMatchObject({ state: 'ENDED', exit: 30 });
});

test('break-glass: --via dials another address, by the pinned key alone, and the receipt says so', async () => {
  const project = await lab.project('by-lan');
  const web1 = lab.host('web1');
  await lab.op.must('systemctl stop tailscaled');
  try {
    expect((await project.ops('deploy --yes')).code).toBe(10);
    const impostor = await project.ops(`deploy --yes --via ${lab.host('web2').lan}`);
    expect(impostor.code, impostor.text).toBe(17);
    const document = await project.json(`deploy --yes --via ${web1.lan}`);
    expect(document, JSON.stringify(document)).toMatchObject({ ok: true, code: 0 });
    expect((await receiptOf(project, document.run ?? '', 'plan')).overrides).toContain(`--via ${web1.lan}`);
    expect((await receiptOf(project, document.run ?? '', 'plan')).hosts[0].via).toBe(web1.lan);
    expect((await receiptOf(project, document.run ?? '', 'result')).overrides).toContain(`--via ${web1.lan}`);
  } finally {
    await lab.op.must('systemctl start tailscaled');
    await lab.op.tailnetBack();
  }
  await project.expectServes('1');
});

test('preflight: required stops at what failed, disabled still asks who the host is, and says so in the receipt', async () => {
  const project = await lab.project('modes', { services: { missing: null } });
  const before = await everything();
  const required = await project.ops('deploy --yes');
  expect(required.code, required.text).toBe(19);
  expect(required.stderr).toContain('missing.service');
  expect((await project.ops('deploy --yes --preflight auto')).code).toBe(19);
  expect(await everything()).toBe(before);
  await project.configure();
  const disabled = await project.json('deploy --yes --preflight disabled');
  expect(disabled).toMatchObject({ ok: true, code: 0 });
  expect((await receiptOf(project, disabled.run ?? '', 'result')).overrides.join()).toContain('preflight disabled');
  await project.expectServes('1');
  // Each host has the keys of the other: what an impostor would show.
  const keys = lab.pins.match(/^ +key .*$/gm)?.reverse() ?? [];
  await project.write({ 'ops.pins': lab.pins.replace(/^ +key .*$/gm, () => keys.shift() ?? '') });
  await project.put(versionOf('2'));
  expect((await project.ops('deploy --yes --preflight disabled')).code).toBe(17);
  await project.expectServes('1');
});
