import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Host, Running } from '../../lab/index.ts';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';
import { expectConverges, expectTruth, heavyVersion, newestRun, phaseReached } from './support/interrupted.ts';
import { seeded } from './support/seeded.ts';

const FULL = process.env.OPS_TEST_FULL === '1';
let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

/** A deploy of version 2 over a narrow link, at the moment when files are on their way. */
async function sending(project: Project): Promise<Running> {
  await web1.slow(4_000);
  await project.put(heavyVersion('2', 1_000_000));
  const reached = phaseReached(web1, project.app, 'uploading');
  const running = project.start('deploy --yes');
  await reached;
  await web1.must('until pgrep -x rsync >/dev/null; do sleep 0.01; done');
  return running;
}

describe('the CLI is killed with -9', () => {
  /** Moments as parts of the time that a whole deploy takes. */
  const random = seeded(20261121);
  const moments = FULL
    ? Array.from({ length: 100 }, () => random() * 1.05)
    : Array.from({ length: 10 }, (_, index) => (index + 0.5) / 10);

  test(
    `at ${moments.length} moments of a deploy`,
    async () => {
      const project = await lab.project('killed');
      await web1.slow(16_000);
      await project.put(heavyVersion('0', 600_000));
      await project.deploy();
      await project.put(heavyVersion('1', 600_000));
      const began = performance.now();
      await project.deploy();
      const whole = performance.now() - began;
      for (const [index, moment] of moments.entries()) {
        const version = `${index + 2}`;
        await project.put(heavyVersion(version, 600_000));
        const running = project.start('deploy --yes');
        await new Promise(resolve => setTimeout(resolve, moment * whole));
        await running.kill('SIGKILL');
        await running.done;
        await expectConverges(project, web1, version);
      }
      await web1.slow(null);
    },
    moments.length * 30_000,
  );

  test('while the release is sent: what has arrived is seen to be of an upload that ended', async () => {
    const project = await lab.project('sending');
    await project.deploy();
    const running = await sending(project);
    await running.kill('SIGKILL');
    await running.done;
    await web1.slow(null);
    expect(await expectConverges(project, web1, '2')).toMatch(/upload r-/);
  });

  test('while the host watches whether the release stays: the run goes on, and is seen to', async () => {
    const project = await lab.project('watched', { stable: '10s' });
    const reached = phaseReached(web1, project.app, 'stable');
    const running = project.start('deploy --yes');
    await reached;
    await running.kill('SIGKILL');
    await running.done;
    expect(await expectConverges(project, web1, '1')).toMatch(/RUNNING: \w+/);
  });
});

describe('Ctrl-C, which a terminal sends to everything that ops has started', () => {
  test.each([
    ['uploading', 130, /nothing was changed/],
    ['check', 130, /stopped before the swap/],
    ['stable', 30, /asked to stop before it was proven/],
  ])('while %s', async (phase, code, says) => {
    const project = await lab.project(`stop-${phase}`, { checks: ['sleep 2'], stable: '4s' });
    await project.deploy();
    if (phase === 'uploading') await web1.slow(4_000);
    await project.put(heavyVersion('2', 1_000_000));
    const reached = phaseReached(web1, project.app, phase);
    const command = 'echo $$ > /tmp/group; exec ops deploy --yes';
    const running = lab.op.spawn(['setsid', '--wait', 'sh', '-c', command], { user: 'dev', cwd: project.dir });
    await reached;
    await lab.op.must('/bin/kill -INT -- -$(cat /tmp/group)');
    const ended = await running.done;
    await web1.slow(null);
    expect(ended.code, ended.stderr + ended.stdout).toBe(code);
    expect(ended.stderr).toContain('Stopping at the next safe point');
    expect(ended.stdout).toMatch(says);
    await expectTruth(project, web1, ended, { before: '1', wanted: '2' });
    await expectConverges(project, web1, '2');
  });
});

/** What a run of ops has here while it goes on: its folder with keys and socket, its connections. */
const belongings = async () =>
  (await lab.op.must('ls -d /tmp/ops-* 2>/dev/null; pgrep -a -u dev -x ssh || true')).split('\n').filter(line => line !== '');

/** Of those that were killed before. */
let left: string[] = [];
beforeEach(async () => {
  left = await belongings();
});

async function expectTidy(): Promise<void> {
  expect((await belongings()).filter(line => !left.includes(line))).toEqual([]);
  const receipts = '/home/dev/.local/state/ops/receipts';
  expect(await lab.op.must(`cat "${receipts}/$(ls -t ${receipts} | head -1)/result.json"`)).toMatch(/"state": ?"ENDED"/);
}

describe('nobody reads what ops says', () => {
  test.each([
    ['err-pipe', 'ops deploy --yes 2>&1 >/dev/null | head -1', 0],
    ['out-pipe', 'ops deploy --yes --json | true', 0],
    ['err-full', 'ops deploy --yes 2>/dev/full', 0],
    ['out-full', 'ops deploy --yes --json >/dev/full', 1],
  ])('%s: %s goes on to its end', async (app, command, code) => {
    const project = await lab.project(app);
    const ended = await lab.op.spawn(['bash', '-c', `set -o pipefail; ${command}`], {
      user: 'dev',
      cwd: project.dir,
      timeoutMs: 60_000,
    }).done;
    expect(ended.code, ended.stderr + ended.stdout).toBe(code);
    await project.expectServes('1');
    await expectTidy();
  });
});

test('the terminal is closed at the question: that is a no', async () => {
  const project = await lab.project('unanswered');
  const command = 'trap : HUP; echo $$ >/tmp/asked; ops deploy; echo $? >/tmp/answered';
  // Keys that are never pressed: at the end of its own input, script would press Ctrl-D.
  const inTerminal = ['sh', '-c', 'mkfifo /tmp/keys; exec script -qfec "$0" /tmp/typescript <>/tmp/keys', command];
  const running = lab.op.spawn(inTerminal, { user: 'dev', cwd: project.dir });
  await lab.op.must(
    'until grep -q "y/N" /tmp/typescript 2>/dev/null; do sleep 0.1; done; kill -9 $(ps -o ppid= -p "$(cat /tmp/asked)")',
  );
  await running.done;
  expect(await lab.op.must('until [ -s /tmp/answered ]; do sleep 0.1; done; cat /tmp/answered')).toBe('42\n');
  expect((await belongings()).filter(line => !left.includes(line))).toEqual([]);
  expect(await newestRun(web1, project)).toBeNull();
});

test('the terminal is closed: the run stops at the next safe point and leaves nothing behind', async () => {
  const project = await lab.project('hangup', { checks: ['sleep 2'] });
  await project.deploy();
  await project.put(versionOf('2'));
  const reached = phaseReached(web1, project.app, 'check');
  const inTerminal = ['script', '-qec', 'echo $$ >/tmp/hangup; exec ops deploy --yes', '/dev/null'];
  const running = lab.op.spawn(inTerminal, { user: 'dev', cwd: project.dir });
  await reached;
  // The kernel's, to the foreground, and the shell's, to its jobs.
  await lab.op.must('kill -9 $(ps -o ppid= -p "$(cat /tmp/hangup)"); kill -HUP "$(cat /tmp/hangup)"');
  await running.done;
  await lab.op.must('while kill -0 "$(cat /tmp/hangup)" 2>/dev/null; do sleep 0.1; done');
  await expectTidy();
  await project.expectServes('1');
  await expectConverges(project, web1, '2');
});

describe('the ssh connection is cut', () => {
  test('while uploading: nothing was changed', async () => {
    const project = await lab.project('cut-upload');
    await project.deploy();
    const running = await sending(project);
    await web1.cutSsh();
    const ended = await running.done;
    await web1.slow(null);
    expect(ended.code, ended.stderr + ended.stdout).toBe(13);
    expect(ended.stdout).toContain('nothing was changed');
    await project.expectServes('1');
    await expectConverges(project, web1, '2');
  });

  test.each(['check', 'stable'])(
    'while %s: the outcome is unknown here, goes on there, and resume watches it to its end',
    async phase => {
      const project = await lab.project(`cut-${phase}`, { checks: ['sleep 2'], stable: '3s' });
      await project.deploy();
      await project.put(versionOf('2'));
      const reached = phaseReached(web1, project.app, phase);
      const running = project.start('deploy --yes');
      await reached;
      await web1.cutSsh();
      const ended = await running.done;
      expect(ended.code, ended.stderr + ended.stdout).toBe(41);
      const run = await newestRun(web1, project);
      expect(ended.stdout).toContain(`→ ops resume ${run}`);
      const resumed = await project.ops(`resume ${run} --yes`);
      expect(resumed.code, resumed.text).toBe(0);
      await project.expectServes('2');
      await expectConverges(project, web1, '2');
    },
  );
});
