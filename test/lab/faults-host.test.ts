import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { type AppLab, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';
import { expectConverges, expectTruth, heavyVersion, newestRun, phaseReached } from './support/interrupted.ts';

const FULL = process.env.OPS_TEST_FULL === '1';
const PHASES = ['uploading', 'check', 'swap', 'start', 'stable', 'prune'];
const MORE_PHASES = ['fence', 'verify', 'record', 'units', 'probe'];

let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

const rebooted = async () => {
  await web1.boot();
  await lab.op.sees(web1, peer => peer?.Online === true);
};

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`many/${index}`, 'x']));

describe('the host crashes', () => {
  test.each(FULL ? [...PHASES, ...MORE_PHASES] : PHASES)('while %s', async phase => {
    const project = await lab.project(`crash-${phase}`, { checks: ['sleep 1'], stable: '2s' });
    await project.deploy();
    if (phase === 'uploading') await web1.slow(4_000);
    await project.put(heavyVersion('2', 800_000));
    const reached = phaseReached(web1, project.app, phase);
    const running = project.start('deploy --yes');
    await reached;
    const run = await newestRun(web1, project);
    await web1.crash();
    await running.kill('SIGKILL');
    await running.done;
    await rebooted();
    const seen = await project.look();
    expect(seen.differs, `current is ${seen.link}`).toEqual([]);
    const status = await project.ops('status');
    expect(status.stdout).toContain(run);
    // Resume proves or takes back what was cut off; either way the host then serves a proven release.
    const resumed = await project.ops('resume --yes');
    expect([0, 30], resumed.text).toContain(resumed.code);
    const settled = await project.look();
    expect(settled).toMatchObject({ differs: [], answer: settled.version, unit: 'active' });
    expect(settled.states[settled.link?.slice('releases/'.length) ?? '']).toBe('proven');
    expect((await project.ops('status')).code).toBe(0);
    await expectConverges(project, web1, '2');
  });

  test('and the CLI, left alone, says that it does not know', async () => {
    const project = await lab.project('crash-watched', { stable: '4s' });
    await project.deploy();
    await project.put(versionOf('2'));
    const reached = phaseReached(web1, project.app, 'stable');
    const running = project.start('deploy --yes');
    await reached;
    await web1.crash();
    await rebooted();
    const ended = await running.done;
    expect(ended.code, ended.stderr + ended.stdout).toBe(41);
    expect(ended.stdout).toMatch(/outcome unknown, ops resume tells\. Receipt r-\w{6} · exit 41\n$/);
    await expectConverges(project, web1, '2');
  });

  test('on the way back from a release that failed', async () => {
    const project = await lab.project('crash-back', { stable: '2s' });
    await project.deploy();
    await project.put(versionOf('2', BEHAVIOUR.crashes));
    const reached = phaseReached(web1, project.app, 'back');
    const running = project.start('deploy --yes');
    await reached;
    await web1.crash();
    await running.kill('SIGKILL');
    await rebooted();
    expect((await project.look()).differs).toEqual([]);
    const resumed = await project.ops('resume --yes');
    expect(resumed.code, resumed.text).toBe(30);
    await project.expectServes('1');
    await project.put(versionOf('3'));
    await expectConverges(project, web1, '3');
  });
});

describe('a disk runs full', () => {
  test('while uploading: what was there stays, and the way out is named', async () => {
    const project = await lab.project('full-bytes');
    await web1.limitDisk('/srv/full-bytes', { bytes: 4_000_000 });
    await project.deploy();
    await web1.slow(4_000);
    await project.put(heavyVersion('2', 1_500_000));
    const reached = phaseReached(web1, project.app, 'uploading');
    const running = project.start('deploy --yes');
    await reached;
    const filled = await web1.fillDisk('/srv/full-bytes');
    const ended = await running.done;
    await web1.slow(null);
    expect(ended.code, ended.stderr + ended.stdout).toBe(19);
    expect(ended.stdout).toContain('No space left on device');
    expect(ended.stdout).toContain('→ ops releases');
    await project.expectServes('1');
    const still = await project.ops('deploy --yes');
    expect(still.code, still.text).toBe(19);
    await web1.must(['rm', filled]);
    await expectConverges(project, web1, '2');
  });

  test('of inodes, while uploading', async () => {
    const project = await lab.project('full-inodes');
    await web1.limitDisk('/srv/full-inodes', { inodes: 400 });
    await project.deploy();
    await web1.slow(4_000);
    await project.put({ ...heavyVersion('2', 1_000_000), ...many(100) });
    const reached = phaseReached(web1, project.app, 'uploading');
    const running = project.start('deploy --yes');
    await reached;
    await web1.exec('i=0; while i=$((i + 1)) && (: > /srv/full-inodes/eaten-$i) 2>/dev/null; do :; done');
    const ended = await running.done;
    await web1.slow(null);
    expect(ended.code, ended.stderr + ended.stdout).toBe(19);
    await project.expectServes('1');
    await web1.must('rm /srv/full-inodes/eaten-*');
    await expectConverges(project, web1, '2');
  });

  test('a release that there is no room for is refused before anything is sent', async () => {
    const project = await lab.project('no-room');
    await web1.limitDisk('/srv/no-room', { bytes: 2_000_000, inodes: 80 });
    await project.deploy();
    const before = await project.look();
    for (const [files, lacks] of [
      [heavyVersion('2', 3_000_000), /needs 3\.0 MB, and 2\.0 MB are left at \/srv\/no-room/],
      [{ ...versionOf('2'), ...many(100) }, /needs 10\d inodes, and \d\d are left/],
    ] as const) {
      await project.put(files);
      const ran = await project.deploy(19);
      expect(ran.stderr).toMatch(lacks);
      expect(await project.look()).toEqual(before);
    }
  });

  test.each(['check', 'stable'])('under the notes of ops, while %s: the outcome is still told, and true', async phase => {
    const project = await lab.project(`full-notes-${phase}`, { checks: ['sleep 1'], stable: '2s' });
    await project.deploy();
    const state = `/var/lib/ops/apps/full-notes-${phase}`;
    await web1.must(`cp -a ${state} /tmp/notes`);
    await web1.limitDisk(state, { bytes: 1_000_000 });
    await web1.must(`cp -a /tmp/notes/. ${state}/ && rm -r /tmp/notes`);
    await project.put(versionOf('2'));
    const reached = phaseReached(web1, project.app, phase);
    const running = project.start('deploy --yes');
    await reached;
    const filled = await web1.fillDisk(state);
    const ended = await running.done;
    await expectTruth(project, web1, ended, { before: '1', wanted: '2' });
    expect((await project.look()).differs).toEqual([]);
    await web1.must(['rm', filled]);
    await expectConverges(project, web1, '2');
  });

  test('under the notes of ops, before it begins: refused, nothing changed', async () => {
    const project = await lab.project('full-before');
    await project.deploy();
    const state = '/var/lib/ops/apps/full-before';
    await web1.must(`cp -a ${state} /tmp/notes`);
    await web1.limitDisk(state, { bytes: 1_000_000 });
    await web1.must(`cp -a /tmp/notes/. ${state}/ && rm -r /tmp/notes`);
    await project.put(versionOf('2'));
    const filled = await web1.fillDisk(state);
    const ran = await project.ops('deploy --yes');
    expect(ran.code, ran.text).toBe(19);
    await expectTruth(project, web1, ran, { before: '1', wanted: '2' });
    await web1.must(['rm', filled]);
    await expectConverges(project, web1, '2');
  });
});
