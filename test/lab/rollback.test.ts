import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeployPlan, stepOf } from '../../src/deploy/steps.ts';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';

let lab: AppLab;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
});
afterAll(() => lab?.down());

test('rollback goes back in recorded order and never to and fro; --to takes the end of an id', async () => {
  const project = await lab.project('web');
  const links: (string | null)[] = [];
  for (const version of ['1', '2', '3']) {
    await project.put(versionOf(version));
    await project.deploy();
    links.push((await project.expectServes(version)).link);
  }
  const back = await project.ops('rollback --yes');
  expect(back.code, back.text).toBe(0);
  expect(back.stdout).toContain(`Rolled web back to ${links[1]?.slice('releases/'.length)} on web1.`);
  expect((await project.expectServes('2')).link).toBe(links[1]);
  expect((await project.ops('rollback --yes')).code).toBe(0);
  expect((await project.expectServes('1')).link).toBe(links[0]);
  const none = await project.ops('rollback --yes');
  expect(none).toMatchObject({ code: 21 });
  expect(none.stderr).toContain('web1 has no proven release before');
  await project.expectServes('1');

  // What was rolled back from is left, not proven: nothing goes there by itself.
  const left = await project.ops(`rollback --yes --to ${links[2]?.slice(-6)}`);
  expect(left).toMatchObject({ code: 21 });
  expect(left.stderr).toContain('only one that is proven, or stable, can be gone back to');
  await project.put(versionOf('4'));
  await project.deploy();
  expect((await project.ops(`rollback web --yes --to ${links[0]?.slice(-6)}`)).code).toBe(0);
  expect((await project.expectServes('1')).link).toBe(links[0]);
  expect((await project.ops('rollback --yes --to nothing')).code).toBe(21);
});

test('a rollback to a release that does not live any more comes back to where it was', async () => {
  const project = await lab.project('bitrot', { shared: ['data'] });
  const web1 = lab.host('web1');
  await project.put(versionOf('1', "if (require('node:fs').existsSync('data/moved-on')) process.exit(1);\n"));
  await project.deploy();
  await project.put(versionOf('2'));
  await project.deploy();
  await web1.must('touch /srv/bitrot/shared/data/moved-on');
  // It was proven, and what it lacks today may come back: it is neither failed nor anything that room is made of.
  for (let again = 0; again < 2; again++) {
    const ran = await project.ops('rollback --yes');
    expect(ran.code, ran.text).toBe(30);
    const { states } = await project.expectServes('2');
    expect(Object.values(states)).toEqual(['proven', 'proven']);
  }
  await web1.must('rm /srv/bitrot/shared/data/moved-on');
  expect((await project.ops('rollback --yes')).code).toBe(0);
  await project.expectServes('1');
});

test('a rollback is asked from here, too: where it does not answer, the host is back on what it served', async () => {
  const project = await lab.project('unseen', { shared: ['data'] });
  const web1 = lab.host('web1');
  const http = `http://{host}:${project.port}/`;
  await project.configure({ shared: ['data'], probes: [{ http, from: 'operator', attempts: 2, interval: '200ms' }] });
  const turnsIll = "module.exports = { status: require('node:fs').existsSync('data/moved-on') ? 503 : 200 };\n";
  await project.put(versionOf('1', turnsIll));
  await project.deploy();
  await project.put(versionOf('2'));
  await project.deploy();
  await web1.must('touch /srv/unseen/shared/data/moved-on');
  const ran = await project.ops('rollback --yes');
  expect(ran.code, ran.text).toBe(30);
  expect(ran.stdout).toContain('seen from here');
  expect(Object.values((await project.expectServes('2')).states)).toEqual(['proven', 'proven']);
  expect((await project.ops('status')).stdout).toContain('(proven)');
});

test('a rollback across a renamed service: plan, status and logs are of the one that serves', async () => {
  const project = await lab.project('renamed');
  await project.deploy();
  await project.put(versionOf('2'));
  await project.configure({ services: { other: { run: `node server.js ${project.port}` } } });
  await project.deploy();
  const back = await project.ops('rollback --yes');
  expect(back.code, back.text).toBe(0);
  expect(back.text).toContain('stop and remove other.service · restart renamed.service');
  await project.expectServes('1');
  const status = await project.ops('status');
  expect(status, status.text).toMatchObject({ code: 0, stdout: expect.stringContaining('renamed.service active (running)') });
  expect(status.stdout).not.toContain('other.service');
  expect((await project.ops('logs')).stdout).toContain('Started renamed.service');
});

test('a service that somebody disabled is told, and enabled by the next deploy', async () => {
  const project = await lab.project('lapsed');
  const web1 = lab.host('web1');
  await project.deploy();
  await web1.must('systemctl disable lapsed.service');
  const status = await project.ops('status');
  expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining('not enabled at boot') });
  const ran = await project.deploy();
  expect(ran.text).not.toContain('Nothing to do');
  expect((await web1.must('systemctl is-enabled lapsed.service')).trim()).toBe('enabled');
  expect((await project.ops('status')).code).toBe(0);
});

/** What the plan of a deploy says that retention will remove. */
async function planned(project: Project): Promise<readonly string[]> {
  const { plan } = await project.json<{ plan: DeployPlan }>('deploy --dry-run');
  return stepOf(plan.hosts[0]!, 'retain')!.remove;
}

test('retention: three stay over eight deploys with failures between; current, previous and the proven ones are never lost', async () => {
  const project = await lab.project('kept', { keep: 3 });
  const web1 = lab.host('web1');
  const lived: string[] = [];
  for (const [index, lives] of [true, true, false, true, false, false, false, true].entries()) {
    await project.put(versionOf(String(index + 1), lives ? BEHAVIOUR.serves : BEHAVIOUR.crashes));
    const removes = lives && index > 0 ? await planned(project) : [];
    const before = index > 0 ? (await project.look()).trees : [];
    await project.deploy(lives ? 0 : 30);
    const seen = await project.look();
    expect(before.filter(tree => !seen.trees.includes(tree)).sort(), 'what the plan said').toEqual([...removes].sort());
    if (lives) lived.push(seen.link ?? '');
    expect(seen).toMatchObject({ link: lived.at(-1), differs: [], unit: 'active' });
    const trees = seen.trees.map(name => `releases/${name}`);
    expect(trees, 'current and the proven one before it').toEqual(expect.arrayContaining(lived.slice(-2)));
    expect([...seen.trees].sort(), 'a tree for every note, a note for every tree').toEqual(Object.keys(seen.states).sort());
    if (lives) expect(trees.length, 'three, and one to go back to').toBeLessThanOrEqual(4);
  }
  expect((await project.ops('rollback --yes')).code).toBe(0);
  await project.expectServes('4');
  expect(await web1.must('ls -A /srv/kept')).toBe('.ops\ncurrent\nreleases\nshared\n');
});

test('status and releases tell what the host shows', async () => {
  const project = await lab.project('told');
  expect(await project.json('status')).toMatchObject({ ok: false, code: 1 });
  await project.deploy();
  await project.put(versionOf('2'));
  await project.deploy();
  await project.put(versionOf('3', BEHAVIOUR.crashes));
  await project.deploy(30);
  const seen = await project.expectServes('2');
  const status = await project.ops('status');
  expect(status.code, status.text).toBe(0);
  const current = seen.link?.slice('releases/'.length);
  const [previous] = Object.keys(seen.states).filter(id => seen.states[id] === 'proven' && id !== current);
  expect(status.stdout).toContain(`current ${current} (proven), before it ${previous}`);
  expect(status.stdout).toContain('told.service active (running)');
  expect(status.stdout).toMatch(/last deploy r-\w{6} by dev \(op\.lab\.test\), \d+ s ago: rolled-back\n +told\.service: /);
  const document = await project.json<{ hosts: { releases: { id: string; state: string }[] }[] }>('releases');
  expect(Object.fromEntries(document.hosts[0]?.releases.map(({ id, state }) => [id, state]) ?? [])).toEqual(seen.states);
  await lab.host('web1').must('systemctl stop told.service');
  expect((await project.ops('status')).code).toBe(1);
});
