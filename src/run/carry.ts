import type { Context } from '../context.ts';
import { BugError, type ExitName, OpsError } from '../errors.ts';
import { exitCodeOf, exitOf, type HostOutcome, type HostResult, type Outcome } from '../plan/outcome.ts';
import { Receipt } from './receipt.ts';
import type { Prepared, UseCase } from './use-case.ts';

/** Carries an agreed plan out. The receipt says RUNNING before anything changes, and how it ended afterwards, also by an error. */
export async function carry<P extends Prepared>(
  context: Context,
  useCase: Pick<UseCase<never, P>, 'execute'>,
  prepared: P,
): Promise<Outcome> {
  const { run, scope, overrides } = prepared.plan;
  const receipt = new Receipt(context.stateDir, run, context.redactor);
  await receipt.begin(describe(prepared));
  const started = context.now();
  const end = (result: { exit: number; hosts: readonly HostOutcome[]; error?: object }) =>
    receipt.end({
      started: new Date(started).toISOString(),
      ended: new Date(context.now()).toISOString(),
      overrides,
      ...result,
    });
  const hosts = await useCase.execute(context, prepared).catch(async (error: unknown) => {
    const { code, exitCode, message } = error instanceof OpsError ? error : new BugError(String(error), error);
    await end({ exit: exitCode, hosts: [], error: { code, message } });
    throw error;
  });
  const exit = exitFor(context, hosts);
  const trouble = await end({ exit: exitCodeOf(exit), hosts });
  if (trouble !== null) context.emit({ type: 'note', text: `the receipt ${receipt.dir} could not be finished: ${trouble}` });
  return { run, scope, hosts, exit, receipt: trouble === null ? receipt.dir : null };
}

/** The plan, who each host took us for, the way it was reached, and what preflight saw of it. */
function describe({ plan, preflight, parts }: Prepared) {
  const hosts = parts.map(part => {
    const { facts, path, target } = part.session;
    return { ...part.plan, who: facts.who, address: target?.address ?? null, path };
  });
  return { ...plan, hosts, preflight: { mode: preflight.mode, results: preflight.results } };
}

const UNCHANGED: readonly HostResult[] = ['failed', 'refused', 'not-started', 'unchanged'];

/** An interruption that changed nothing is an interruption; one that left a run going is still unknown. */
function exitFor(context: Context, hosts: readonly HostOutcome[]): ExitName {
  if (!context.signal.aborted || !hosts.every(({ result }) => UNCHANGED.includes(result))) return exitOf(hosts);
  return context.signal.reason === 'terminated' ? 'terminated' : 'interrupted';
}
