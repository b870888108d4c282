import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import type { StartCall } from '../deploy/execute/order.ts';
import { OpsError } from '../errors.ts';
import type { HostRunner } from '../exec/runner.ts';
import { formatPhase } from '../format.ts';
import { runProgram } from '../host/host.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { OpenHost } from './open.ts';
import { activate, outcomeOf, type Told, unknownOutcome } from './start.ts';

/** One host's part of a run. */
export interface HostRun {
  host: HostConfig;
  app: AppConfig;
  plan: Plan;
  runner: HostRunner;
  /** Milliseconds since the epoch. */
  started: number;
}

export function hostRun(
  { app, plan }: Pick<HostRun, 'app' | 'plan'>,
  { host, session, started }: Pick<OpenHost, 'host' | 'session'> & Pick<HostRun, 'started'>,
): HostRun {
  return { host, app, plan, runner: session.runner, started };
}

/** Runs one transaction and turns whatever comes of it, a dead connection too, into an outcome. */
export async function followHost(context: Context, run: HostRun, call: StartCall): Promise<HostOutcome> {
  const row = (state: 'start' | 'progress' | 'done' | 'failed', text: string) =>
    context.emit({ type: 'row', row: run.host.id, state, text });
  row('start', 'starting');
  try {
    const onPhase = (phase: string) => row('progress', formatPhase(phase));
    const answer = await stoppable(context, run, () => activate(run.runner, call, { plan: run.plan, onPhase }));
    const outcome = outcomeOf(answer, toldOf(context, run));
    row(outcome.result === 'deployed' || outcome.result === 'pruned' ? 'done' : 'failed', summaryOf(outcome));
    return outcome;
  } catch (error) {
    const message = error instanceof OpsError ? error.message : String(error);
    row('failed', message);
    return unknownOutcome(toldOf(context, run), `${message}; what was started goes on there without this machine`);
  }
}

/**
 * An interruption asks the transaction to stop at its next safe point: before the swap nothing is changed, after it the host
 * goes back. The connection stays, so that its answer is heard.
 */
async function stoppable<T>(context: Context, run: HostRun, work: () => Promise<T>): Promise<T> {
  const stop = () => {
    const { host, app, runner } = run;
    const params = { app: app.id, path: app.path, run: run.plan.run };
    // A run that is not there any more has nothing to stop; the answer that counts is the transaction's own.
    runProgram(runner, { program: 'stop', privilege: host.privilege, params, deadlineMs: 15_000, mutates: true }).catch(
      () => undefined,
    );
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    if (context.signal.aborted) stop();
    return await work();
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

/** A host that this run did not touch. */
export function untouched(
  context: Context,
  run: HostRun,
  result: 'unchanged' | 'not-started',
  current: string | null,
): HostOutcome {
  return { ...unknownOutcome(toldOf(context, run), '', current), result, code: null, message: null, hints: [] };
}

export function toldOf(context: Context, run: HostRun): Told {
  return {
    host: run.host,
    app: run.app,
    run: run.plan.run,
    executions: run.runner.executions,
    seconds: (context.now() - run.started) / 1000,
    at: new Date(context.now()).toISOString(),
  };
}

function summaryOf(outcome: HostOutcome): string {
  if (outcome.result === 'pruned') return `${outcome.details.length} removed`;
  if (outcome.result !== 'deployed') return outcome.message ?? outcome.result;
  const probes = outcome.evidence.filter(item => item.claim.startsWith('probe ')).length;
  return ['swapped, active, stable', ...(probes > 0 ? [`probes ${probes}/${probes}`] : [])].join(', ');
}
