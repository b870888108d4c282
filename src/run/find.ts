import { OpsError } from '../errors.ts';
import { blocks, readFrom, refusalIn } from '../host/answer.ts';
import type { Params } from '../host/compose.ts';
import { parseRun } from '../host/facts/runs.ts';
import type { RunFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import type { Capability } from './capability.ts';
import type { OpenHost } from './part.ts';

/** What became of a run on one host, as far as reading tells. */
export type Found =
  | { kind: 'alive'; run: RunFacts }
  | { kind: 'ended'; run: RunFacts }
  /** Other runs came after it: its record tells of a host that has changed since. */
  | { kind: 'older'; run: RunFacts }
  /** Preparing, or cut off while it was; or never there. Nothing it made is used by anyone. */
  | { kind: 'nothing-changed'; run: RunFacts | null }
  /** Cut off inside the transaction: the host has to look what is there, prove it, or take it back. */
  | { kind: 'half-way'; run: RunFacts };

/** The runs of a scope that a host tells of. */
export interface ScopeRuns {
  lock: RunFacts | null;
  lastRun: RunFacts | null;
  uploads: readonly RunFacts[];
}

/** What was cut off half-way comes first: it waits for someone, a left-over upload does not. */
export function findInFacts({ lock, lastRun, uploads }: ScopeRuns, wanted: string | null): Found {
  const matches = (run: RunFacts | null): run is RunFacts =>
    run !== null && (wanted === null || run.run === wanted || run.run === `${wanted}-back`);
  if (matches(lock)) return { kind: 'alive', run: lock };
  if (matches(lastRun) && lastRun.record === null) return { kind: 'half-way', run: lastRun };
  const runs = [...uploads, ...(lastRun ? [lastRun] : [])].filter(matches);
  const run = runs.sort((a, b) => (a.since < b.since ? 1 : -1))[0] ?? null;
  return run !== null && run === lastRun ? { kind: 'ended', run } : { kind: 'nothing-changed', run };
}

/** Facts tell of the last run only, but a host keeps what more of them left: it is asked for one that they do not know. */
export async function findRun(
  { programs }: Pick<Capability, 'programs'>,
  { host, session }: OpenHost,
  runs: ScopeRuns,
  place: Params,
  wanted: string | null,
): Promise<Found> {
  const found = findInFacts(runs, wanted);
  if (wanted === null || found.kind !== 'nothing-changed' || found.run !== null) return found;
  const answer = await runProgram(session.runner, {
    program: programs.follow,
    privilege: host.privilege,
    params: { ...place, run: wanted },
    deadlineMs: 60_000,
    mutates: false,
  });
  if (refusalIn(answer) !== null) return found;
  const read = () =>
    parseRun(
      new Map([
        ['mode', ['run']],
        ...(blocks(answer.all('intent'))[0] ?? []),
        ['run', [wanted]],
        ['phase', answer.all('phase')],
        ['record', answer.all('record')],
      ]),
    );
  return { kind: 'older', run: readFrom(host.id, read) };
}

export function unknownRun(where: string, run: string | null): OpsError {
  return new OpsError('run-unknown', 'failed', `no host of ${where} knows a run ${run}`, { hint: 'ops status' });
}
