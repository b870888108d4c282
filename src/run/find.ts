import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import { blocks } from '../host/answer.ts';
import { parseRecord } from '../host/facts/runs.ts';
import type { AppFacts, RunFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import type { Plan } from '../plan/plan.ts';
import { hostsOf } from '../preflight/index.ts';
import type { OpenHost } from './open.ts';
import { readReceiptPlan } from './receipt.ts';

/** What became of a run on one host, as far as reading tells. */
export type Found =
  | { kind: 'alive'; run: RunFacts }
  | { kind: 'ended'; run: RunFacts }
  /** Other runs came after it: its record tells of a host that has changed since. */
  | { kind: 'older'; run: RunFacts }
  /** Uploading, or cut off while it was; or never there. Nothing it sent is used by anyone. */
  | { kind: 'nothing-changed'; run: RunFacts | null }
  /** Cut off inside the transaction: the host has to look what is served, prove it, or leave it again. */
  | { kind: 'half-way'; run: RunFacts };

export interface Place {
  app: AppConfig;
  hosts: HostConfig[];
}

/** Where a run may have been: the receipt here says it; without one, any app. The last run of several apps is no one run. */
export async function placesOf(context: Context, run: string | null): Promise<Place[]> {
  const plan = run === null ? null : ((await readReceiptPlan(context.stateDir, run)) as Plan | null);
  const apps = Object.values(context.config.apps);
  const app = plan ? context.config.apps[plan.app] : undefined;
  if (plan && app) {
    const hosts = plan.hosts.map(host => host.host).filter(id => app.hosts.includes(id));
    return [{ app, hosts: hostsOf(context, app, hosts) }];
  }
  if (run === null && apps.length !== 1)
    throw new OpsError('run-unknown', 'usage', 'which run? ops.yaml has several apps', { hint: 'ops status' });
  return apps.map(each => ({ app: each, hosts: hostsOf(context, each, []) }));
}

export async function findRun(app: AppConfig, open: OpenHost, wanted: string | null): Promise<Found> {
  const found = findInFacts(open.facts, wanted);
  if (wanted === null || found.kind !== 'nothing-changed' || found.run !== null) return found;
  const older = await askForRun(app, open, wanted);
  return older === null ? found : { kind: 'older', run: older };
}

/** What was cut off half-way comes first: it waits for someone, a left-over upload does not. */
export function findInFacts({ lock, lastRun, uploads }: AppFacts, wanted: string | null): Found {
  const matches = (run: RunFacts | null): run is RunFacts =>
    run !== null && (wanted === null || run.run === wanted || run.run === `${wanted}-back`);
  if (matches(lock)) return { kind: 'alive', run: lock };
  if (matches(lastRun) && lastRun.record === null) return { kind: 'half-way', run: lastRun };
  const runs = [...uploads, ...(lastRun ? [lastRun] : [])].filter(matches);
  const run = runs.sort((a, b) => (a.since < b.since ? 1 : -1))[0] ?? null;
  return run !== null && run === lastRun ? { kind: 'ended', run } : { kind: 'nothing-changed', run };
}

/** Facts tell of the last run only, but a host keeps what more of them left. */
async function askForRun(app: AppConfig, { host, session }: OpenHost, wanted: string): Promise<RunFacts | null> {
  const answer = await runProgram(session.runner, {
    program: 'follow',
    privilege: host.privilege,
    params: { app: app.id, path: app.path, run: wanted },
    deadlineMs: 60_000,
    mutates: false,
  });
  if (answer.get('error') !== undefined) return null;
  const intent = blocks(answer.all('intent'))[0];
  const one = (key: string) => intent?.get(key)?.[0] ?? '';
  const since = new Date(Number(one('since')) * 1000);
  return {
    run: wanted,
    mode: one('mode') || 'run',
    release: one('release'),
    by: one('by'),
    since: Number.isNaN(since.getTime()) ? '' : since.toISOString(),
    phase: answer.get('phase') ?? '',
    before: null,
    alive: false,
    record: parseRecord(answer.all('record')),
  };
}
