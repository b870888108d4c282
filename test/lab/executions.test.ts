import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppLab, type Project, startAppLab } from './support/app-lab.ts';
import { BEHAVIOUR, versionOf } from './support/fixture-app.ts';

/** What a whole deploy may start on a host, each costing two to ten round trips. */
const LIMIT = 6;
const HOSTS = ['web1', 'web2'];
const DIES_ON_WEB2 = `if (require('node:os').hostname() === 'web2') process.exit(1);\n${BEHAVIOUR.serves}`;

let lab: AppLab;
let project: Project;
beforeAll(async () => {
  lab = await startAppLab({ hosts: { web1: {}, web2: {} } });
  project = await lab.project('counted', { hosts: HOSTS });
});
afterAll(() => lab?.down());

/** Runs a deploy and gives what each host's own sshd has logged of it, after comparing that with what the receipt says. */
async function sessionsOf(args: string, exit: number): Promise<number[]> {
  const marks = await Promise.all(HOSTS.map(host => lab.host(host).sshMark()));
  const document = await project.json(`deploy --yes ${args}`);
  expect(document.code, JSON.stringify(document)).toBe(exit);
  const sessions = await Promise.all(HOSTS.map((host, index) => lab.host(host).countSessions(marks[index] ?? '')));
  if (!document.hosts) return sessions;
  const receipt = JSON.parse(await lab.op.read(`/home/dev/.local/state/ops/receipts/${document.run}/result.json`));
  const told = HOSTS.map(id => receipt.hosts.find(({ host }: { host: string }) => host === id)?.executions);
  expect(told).toEqual(sessions);
  expect(document.hosts.map(({ executions }) => executions)).toEqual(sessions);
  return sessions;
}

test('a first deploy is four: facts, a place, the upload, the transaction', async () => {
  expect(await sessionsOf('', 0)).toEqual([4, 4]);
});

test('so is one that sends a difference, and one that sends everything', async () => {
  await project.put(versionOf('2'));
  expect(await sessionsOf('', 0)).toEqual([4, 4]);
  await project.put(versionOf('3'));
  expect(await sessionsOf('--full', 0)).toEqual([4, 4]);
});

test('a release that was there before needs no upload', async () => {
  await project.put(versionOf('2'));
  expect(await sessionsOf('', 0)).toEqual([3, 3]);
});

test('nothing to do takes one look', async () => {
  expect(await sessionsOf('', 0)).toEqual([1, 1]);
});

test('what has to be proven in another way is proven anew, and needs no upload either', async () => {
  await project.configure({ hosts: HOSTS, stable: '2s' });
  expect(await sessionsOf('', 0)).toEqual([3, 3]);
  expect(await sessionsOf('', 0)).toEqual([1, 1]);
  await project.configure({ hosts: HOSTS });
  expect(await sessionsOf('', 0)).toEqual([3, 3]);
});

test('a release that fails goes back within the transaction that began it', async () => {
  await project.put(versionOf('4', BEHAVIOUR.crashes));
  expect(await sessionsOf('', 30)).toEqual([4, 4]);
  await project.expectServes('2');
});

test('putting back a host because another one failed is one more, and within the limit', async () => {
  await project.put(versionOf('5', DIES_ON_WEB2));
  const sessions = await sessionsOf('', 30);
  expect(sessions).toEqual([5, 4]);
  expect(Math.max(...sessions)).toBeLessThanOrEqual(LIMIT);
  await project.expectServes('2');
});

test('an app that is asked from here as well needs one more, to tell the host that it answered', async () => {
  const http = `http://{host}:${project.port}/`;
  await project.configure({ hosts: HOSTS, probes: [{ http, from: 'operator', attempts: 5, interval: '200ms' }] });
  await project.put(versionOf('6'));
  expect(await sessionsOf('', 0)).toEqual([5, 5]);
});

test('ten apps on a host are one look', async () => {
  await project.configure({ hosts: HOSTS });
  const { apps } = JSON.parse(await lab.op.read(`${project.dir}/ops.yaml`));
  const others = Array.from({ length: 9 }, (_, index) => [`other-${index}`, { hosts: HOSTS, source: 'tree' }]);
  await project.configure({}, { apps: { ...apps, ...Object.fromEntries(others) } });
  const marks = await Promise.all(HOSTS.map(host => lab.host(host).sshMark()));
  const status = await project.json<{ apps: { host: string; problem: unknown; current: unknown }[] }>('status');
  expect(await Promise.all(HOSTS.map((host, index) => lab.host(host).countSessions(marks[index] ?? '')))).toEqual([1, 1]);
  expect(status.apps.map(({ problem }) => problem)).toEqual(Array.from({ length: 20 }, () => null));
  expect(status.apps.filter(({ current }) => current !== null)).toHaveLength(2);
});
