import type { Context } from '../context.ts';
import type { RunFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { Capability } from './capability.ts';
import { ended, type Part, plainOutcome, toldOf } from './part.ts';
import { outcomeOfError, readOutcome } from './read-outcome.ts';
import { hostRow, sayIn } from './rows.ts';
import { GRACE_MS, onPhaseLine } from './transact.ts';

/** Follows a run that somebody else started, from its first line to its record. Watching changes nothing. */
export async function attach<H extends HostPlan, P extends Part<H>>(
  context: Context,
  capability: Capability<H>,
  part: P,
  running: RunFacts,
): Promise<P> {
  const row = sayIn(context, hostRow(part.host.id));
  row('start', `watching ${running.run}`);
  try {
    const answer = await runProgram(part.session.runner, {
      program: capability.programs.follow,
      privilege: part.plan.privilege,
      params: { ...capability.place(part.plan), run: running.run },
      deadlineMs: part.plan.limitMs + GRACE_MS,
      mutates: false,
      signal: context.signal,
      onProgress: line => onPhaseLine(line, phase => row('progress', phase)),
    });
    const { outcome, record } = readOutcome(answer, toldOf(context, running.run, part));
    const read = capability.interpret(outcome, record, part.plan);
    row(read.result === 'done' ? 'done' : 'failed', read.message ?? `${running.mode} ${running.run} ended well`);
    return ended(part, read);
  } catch (error) {
    const outcome = outcomeOfError(
      toldOf(context, running.run, part),
      error,
      'watching changes nothing: what runs there goes on',
    );
    row('failed', outcome.message!);
    return ended(part, outcome);
  }
}

/** A run that others came after: its own record, which says nothing of how the host is now. */
export function recall<P extends Part>(context: Context, part: P, older: RunFacts, newer: RunFacts | null): P {
  const { outcome, reason } = older.record ?? {};
  const end = outcome ? `ended as ${outcome[0]}` : 'left no record';
  const why = reason?.[0] ? ` (${reason[0]})` : '';
  const next = newer ? `; ${newer.mode} ${newer.run} came after it` : '';
  const message = `${older.mode} ${older.run} by ${older.by} ${end}${why}${next}`;
  return ended(part, { ...plainOutcome(toldOf(context, older.run, part), 'not-started'), message, hints: ['ops status'] });
}
