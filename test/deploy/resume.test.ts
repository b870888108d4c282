import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { resume } from '../../src/deploy/index.ts';
import { planAsItIs, planWithoutUpload } from '../../src/deploy/plan/base.ts';
import type { PreparedResume } from '../../src/deploy/resume.ts';
import type { HostRunner, Result } from '../../src/exec/runner.ts';
import { appIn } from '../../src/host/facts/apps.ts';
import type { RunFacts } from '../../src/host/facts/types.ts';
import type { OpenHost } from '../../src/run/open.ts';
import { World } from '../preflight/fake-world.ts';
import { makeApp, makeFacts, makeHost } from '../preflight/hosts.ts';
import { contextIn } from '../support/context.ts';

let world: World;
let context: Context;
let notes: string[] = [];

beforeEach(async () => {
  world = await World.start({ nodes: ['web1'] });
  notes = [];
  context = contextIn(world, { emit: event => event.type === 'note' && notes.push(event.text) });
});

afterEach(() => world.stop());

/** Two hosts with the same run: web1 tells how it ended, the connection to web2 is cut. */
function twoHosts(): PreparedResume {
  const app = makeApp({ hosts: ['web1', 'web2'] });
  const run: RunFacts = {
    run: 'r-A',
    mode: 'deploy',
    release: 'r1',
    by: 'dana',
    since: '',
    phase: 'stable',
    before: null,
    alive: true,
    record: null,
  };
  const told = ['record outcome deployed', 'record release r1', 'record current releases/r1', 'current releases/r1', 'end 0'];
  const answers: Record<string, (nonce: string) => Partial<Result>> = {
    web1: nonce => ({ stdout: told.map(line => `@${nonce} ${line}\n`).join('') }),
    web2: () => ({ exit: 255, stderr: 'client_loop: send disconnect: Broken pipe' }),
  };
  const hosts = Object.entries(answers).map(([id, answer]): OpenHost => {
    const runner: Partial<HostRunner> = {
      host: id,
      executions: 2,
      run: async spec => {
        const nonce = /^nonce (\S+)$/m.exec(String(spec.stdin))?.[1] ?? '';
        return { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 1, ...answer(nonce) };
      },
    };
    const facts = makeFacts();
    const target = { address: '100.64.0.2' } as OpenHost['session']['target'];
    const path = { kind: 'direct', latencyMs: 12, via: '10.0.0.1:41641' } as const;
    return {
      host: makeHost(id),
      session: { runner: runner as HostRunner, facts, peer: null, path, target },
      facts: appIn(facts, { id: 'web' })!,
    };
  });
  const plan = planWithoutUpload(
    'resume',
    { config: context.config, app, run: 'r-B', overrides: [] },
    hosts.map(({ host, facts }) => planAsItIs({ host: host.id, fqdn: `${host.id}.lab.test`, via: null, facts })),
  );
  const preflight = { mode: 'required', results: [{ id: 'machine', verdict: 'pass' }] } as unknown as PreparedResume['preflight'];
  const found = new Map(hosts.map(({ host }) => [host.id, { kind: 'alive', run }] as const));
  return { app, plan, preflight, hosts, found, close: async () => {} };
}

const receipt = async (name: string) =>
  JSON.parse(await readFile(join(context.stateDir, 'receipts', 'r-B', name), 'utf8')) as Record<string, unknown>;

test('a connection that is cut while watching is that host’s outcome; the others keep theirs, and the receipt ends', async () => {
  const outcome = await resume(context, twoHosts());
  expect(outcome.hosts.map(({ host, result }) => `${host} ${result}`)).toEqual(['web1 deployed', 'web2 unknown']);
  expect(outcome).toMatchObject({ exit: 'unknown', receipt: join(context.stateDir, 'receipts', 'r-B') });
  expect(await receipt('result.json')).toMatchObject({ state: 'ENDED', exit: 41 });
});

test('the receipt says who each host took us for, how it was reached and what preflight saw', async () => {
  await resume(context, twoHosts());
  const reached = {
    who: { kind: 'user', login: 'dev@example.com', node: 'op.lab.test' },
    address: '100.64.0.2',
    path: { kind: 'direct', latencyMs: 12, via: '10.0.0.1:41641' },
  };
  expect(await receipt('plan.json')).toMatchObject({
    hosts: [
      { host: 'web1', ...reached },
      { host: 'web2', ...reached },
    ],
    preflight: { mode: 'required', results: [{ id: 'machine', verdict: 'pass' }] },
  });
});

test('a receipt that cannot be finished is a note: the outcome stands', async () => {
  const prepared = twoHosts();
  const { run } = prepared.hosts[0]!.session.runner;
  const folder = join(context.stateDir, 'receipts', 'r-B');
  prepared.hosts[0]!.session.runner.run = async (...args) => {
    await rm(folder, { recursive: true });
    await mkdir(join(folder, 'result.json.tmp'), { recursive: true });
    return run(...args);
  };
  expect(await resume(context, prepared)).toMatchObject({ exit: 'unknown', receipt: null });
  expect(notes).toEqual([expect.stringMatching(/r-B could not be finished: EISDIR/)]);
});
