import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Host } from '../../lab/index.ts';
import { type AppLab, type Document, type Project, startAppLab } from './support/app-lab.ts';
import { versionOf } from './support/fixture-app.ts';
import { expectConverges, heavyVersion, phaseReached } from './support/interrupted.ts';

const RACES = process.env.OPS_TEST_FULL === '1' ? 200 : 20;
const isPartial = (tree: string) => tree.startsWith('.partial-');
let lab: AppLab;
let web1: Host;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {} }, operators: { op: {}, op2: {} } });
  web1 = lab.host('web1');
});
afterAll(() => lab?.down());

test('a second operator during a deploy is told who holds the lock, and may wait for it', async () => {
  const mine = await lab.project('held');
  await mine.deploy();
  const theirs = await mine.on(lab.host('op2'));
  await mine.configure({ stable: '12s' });
  await mine.put(versionOf('2'));
  await theirs.put(versionOf('3'));
  const reached = phaseReached(web1, 'held', 'stable');
  const running = mine.start('deploy --yes --json');
  await reached;
  const [refused, waiting] = await Promise.all([theirs.ops('deploy --yes'), theirs.ops('deploy --yes --wait 1m')]);
  expect(refused.code, refused.text).toBe(20);
  const first = await running.done;
  const { run } = JSON.parse(first.stdout) as Document;
  expect(refused.stderr).toMatch(
    new RegExp(`held is being changed by dev \\(op\\.lab\\.test\\), ${run}, for .*: watching whether it stays up`),
  );
  expect(refused.stderr).toContain(`→ ops resume ${run}`);
  expect(first.code).toBe(0);
  expect(waiting.code, waiting.text).toBe(0);
  await mine.expectServes('3');
  expect(Object.values((await mine.look()).states)).toEqual(['proven', 'proven', 'proven']);
});

test('a plan that somebody overtakes while its release is still being sent is stale: nothing changed', async () => {
  const mine = await lab.project('overtaken');
  await mine.deploy();
  const theirs = await mine.on(lab.host('op2'));
  await theirs.put(versionOf('3'));
  await mine.put(heavyVersion('2', 1_000_000));
  await web1.slow(4_000);
  const reached = phaseReached(web1, 'overtaken', 'uploading');
  const running = mine.start('deploy --yes');
  await reached;
  await lab.op.must('until pkill -STOP -x rsync; do sleep 0.01; done');
  await web1.slow(null);
  await theirs.deploy();
  await lab.op.must('pkill -CONT -x rsync');
  const ended = await running.done;
  expect(ended.code, ended.stderr + ended.stdout).toBe(21);
  expect(ended.stdout).toContain('it is no longer as the plan saw it');
  expect(ended.stdout).toContain('→ ops deploy overtaken');
  expect((await mine.expectServes('3')).trees.filter(isPartial), 'what it sent').toEqual([]);
  await expectConverges(mine, web1, '2');
});

test.each([
  [2, 'an app that is there'],
  [4, 'an app that is there'],
  [4, 'a new app'],
])('%i deploys of %s at once with --wait all come to pass, one after another, and nothing is left over', async (count, what) => {
  const isNew = what === 'a new app';
  const mine = await lab.project(isNew ? 'newcomers' : `queue${count}`);
  if (!isNew) await mine.deploy();
  const copies = Array.from({ length: count }, (_, index) => ({ cwd: `${mine.dir}-${index}`, version: `copy ${index}` }));
  for (const { cwd, version } of copies) await lab.op.must(`cp -a ${mine.dir} ${cwd} && echo '${version}' >${cwd}/tree/version`);
  const ended = await Promise.all(copies.map(({ cwd }) => mine.json<Document>('deploy --yes --wait 2m', { cwd })));
  for (const each of ended) expect(each.code, JSON.stringify(ended)).toBe(0);
  const seen = await mine.look();
  expect(Object.values(seen.states)).toEqual(Array(isNew ? count : count + 1).fill('proven'));
  expect(seen.trees).toEqual(Object.keys(seen.states));
  const last = ended.findIndex(({ hosts }) => `releases/${hosts?.[0]?.seen.release}` === seen.link);
  await mine.expectServes(copies[last]!.version);
  expect((await mine.ops('status')).stdout).not.toContain('did not end');
});

test(
  `${RACES} races of two operators: exactly one wins each, and the host serves what the winner sent`,
  async () => {
    const mine = await lab.project('raced');
    await mine.deploy();
    const theirs = await mine.on(lab.host('op2'));
    let atTheLock = 0;
    for (let race = 1; race <= RACES; race++) {
      const both: [Project, string][] = [
        [mine, `${race}-mine`],
        [theirs, `${race}-theirs`],
      ];
      await Promise.all(both.map(([project, version]) => project.put(versionOf(version))));
      const ended = await Promise.all(both.map(([project]) => project.json<Document>('deploy --yes')));
      const codes = ended.map(({ code }) => code);
      expect(
        codes.filter(code => code === 0),
        `race ${race}: ${JSON.stringify(ended)}`,
      ).toHaveLength(1);
      expect([20, 21], JSON.stringify(ended)).toContain(codes.find(code => code !== 0));
      const [, version = ''] = both[codes.indexOf(0)] ?? [];
      expect((await mine.expectServes(version)).trees.filter(isPartial), 'what the loser sent').toEqual([]);
      const loser = ended.find(({ code }) => code !== 0);
      if (loser?.hosts?.some(host => ['lock-held', 'stale'].includes(host.result))) atTheLock += 1;
    }
    expect(atTheLock, 'races that got as far as the lock itself').toBeGreaterThan(RACES / 4);
    await mine.put(versionOf('last'));
    await expectConverges(mine, web1, 'last');
  },
  RACES * 30_000,
);
