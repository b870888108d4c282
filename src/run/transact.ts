import type { Context } from '../context.ts';
import type { Answer } from '../host/answer.ts';
import { runProgram, transactionText } from '../host/host.ts';
import { formatPhase } from '../host/protocol.ts';
import type { HostPlan, Plan } from '../plan/plan.ts';
import type { Capability, Order } from './capability.ts';
import { ended, type Part, toldOf } from './part.ts';
import { outcomeOfError, readOutcome } from './read-outcome.ts';
import { hostRow, sayIn } from './rows.ts';

/** Beyond what the host itself allows its transaction: the connection, and the word back. */
export const GRACE_MS = 60_000;

/** One change as it is sent: whose it is, and the run that it belongs to. */
export interface Change<H extends HostPlan = HostPlan> {
  capability: Capability<H>;
  plan: Plan<H>;
}

/**
 * Runs one transaction on a host and follows it to its end. Whatever comes of it, a dead connection too, is an outcome: what
 * was started goes on there without us.
 */
export async function transact<H extends HostPlan, P extends Part<H>>(
  context: Context,
  change: Change<H>,
  part: P,
  order: Order,
): Promise<P> {
  const { capability, plan } = change;
  const row = sayIn(context, hostRow(part.host.id));
  row('start', 'starting');
  try {
    const answer = await stoppable(context, change, part, () => send(change, part, order, phase => row('progress', phase)));
    const { outcome, record } = readOutcome(answer, toldOf(context, plan.run, part));
    const read = capability.interpret(outcome, record, part.plan);
    row(read.result === 'done' ? 'done' : 'failed', read.message ?? capability.done(read, part.plan));
    return ended(part, read);
  } catch (error) {
    const outcome = outcomeOfError(toldOf(context, plan.run, part), error, 'what was started goes on there without this machine');
    row('failed', outcome.message!);
    return ended(part, outcome);
  }
}

/** Sends one transaction and follows it: its record, and how the host looks then. */
export async function send<H extends HostPlan>(
  { capability, plan }: Change<H>,
  part: Part<H>,
  order: Order,
  onPhase: (words: string) => void = () => undefined,
): Promise<Answer> {
  const { privilege, by, limitMs } = part.plan;
  const place = capability.place(part.plan);
  const { mode } = order;
  const common = { ...place, run: plan.run, mode, by };
  return runProgram(part.session.runner, {
    program: capability.programs.start,
    privilege,
    params: {
      ...common,
      max_s: String(Math.ceil(limitMs / 1000)),
      note: order.note,
      ...(capability.volatile && { volatile: '1' }),
      ...(order.again && { again: '1' }),
    },
    blobs: {
      program: transactionText(capability.programs.transaction, { privilege, ...common, ...order.params }, order.blobs),
      'plan.json': `${JSON.stringify(plan)}\n`,
    },
    deadlineMs: limitMs + GRACE_MS,
    mutates: true,
    onProgress: line => onPhaseLine(line, onPhase),
  });
}

/** `phase NAME` → its words. */
export function onPhaseLine(line: string, onPhase: (words: string) => void): void {
  const [kind, ...rest] = line.split(' ');
  if (kind === 'phase') onPhase(formatPhase(rest.join(' ')));
}

/**
 * An interruption asks the transaction to stop at its next safe point: before it changes anything nothing is changed, after
 * that the host goes back. The connection stays, so that its answer is heard.
 */
async function stoppable<H extends HostPlan, T>(
  context: Context,
  { capability, plan }: Change<H>,
  part: Part<H>,
  work: () => Promise<T>,
): Promise<T> {
  const stop = () => {
    const params = { ...capability.place(part.plan), run: plan.run, ...(capability.volatile && { volatile: '1' }) };
    // A run that is not there any more has nothing to stop; the answer that counts is the transaction's own.
    runProgram(part.session.runner, {
      program: 'stop',
      privilege: part.plan.privilege,
      params,
      deadlineMs: 15_000,
      mutates: true,
    }).catch(() => undefined);
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    if (context.signal.aborted) stop();
    return await work();
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}
