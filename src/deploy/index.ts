import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import { exitCodeOf, exitOf, type HostOutcome, type Outcome } from '../plan/outcome.ts';
import { withUndo } from '../plan/plan.ts';
import type { OpenHost } from '../run/open.ts';
import { Receipt } from '../run/receipt.ts';
import { executeDeploy } from './execute/deploy.ts';
import { deployInTurn } from './in-turn.ts';
import type { Prepared } from './prepare.ts';
import { executePrune, preparePrune } from './prune.ts';
import { executeResume, type PreparedResume, prepareResume } from './resume.ts';
import { executeRollback, type PreparedRun, prepareRollback } from './rollback.ts';
import { ManifestCache } from './source/manifest-cache.ts';

export { deployInTurn, preparePrune, prepareResume, prepareRollback };

/** Carries a confirmed plan out. The receipt says RUNNING before anything changes, and how it ended afterwards. */
export async function deploy(context: Context, prepared: Prepared): Promise<Outcome> {
  const outcome = await withReceipt(context, prepared, () => executeDeploy(context, prepared));
  if (outcome.exit === 'ok') await new ManifestCache(context.cacheDir).write(prepared.source.manifest);
  return outcome;
}

export function rollback(context: Context, prepared: PreparedRun): Promise<Outcome> {
  return withReceipt(context, prepared, () => executeRollback(context, prepared));
}

export function resume(context: Context, prepared: PreparedResume): Promise<Outcome> {
  return withReceipt(context, prepared, () => executeResume(context, prepared));
}

export function prune(context: Context, prepared: PreparedRun): Promise<Outcome> {
  return withReceipt(context, prepared, () => executePrune(context, prepared));
}

/** What a receipt is made of besides its outcome. */
type Recorded = Pick<PreparedRun, 'plan' | 'preflight'> & { hosts: readonly Pick<OpenHost, 'host' | 'session'>[] };

async function withReceipt(context: Context, prepared: Recorded, work: () => Promise<HostOutcome[]>): Promise<Outcome> {
  const { plan } = prepared;
  const receipt = new Receipt(context.stateDir, plan.run, context.redactor);
  await receipt.begin(planOf(prepared));
  const started = context.now();
  const hosts = await work();
  const exit = exitFor(context, hosts);
  const trouble = await receipt.end({
    exit: exitCodeOf(exit),
    started: new Date(started).toISOString(),
    ended: new Date(context.now()).toISOString(),
    overrides: plan.overrides,
    hosts,
  });
  if (trouble !== null) context.emit({ type: 'note', text: `the receipt ${receipt.dir} could not be finished: ${trouble}` });
  const release = plan.release?.id ?? null;
  return { run: plan.run, app: plan.app, release, hosts, exit, receipt: trouble === null ? receipt.dir : null };
}

/** The plan, who each host took us for, the way it was reached, and what preflight saw of it. */
function planOf({ plan, preflight, hosts }: Recorded) {
  const planned = withUndo(plan);
  return {
    ...planned,
    hosts: planned.hosts.map(item => {
      const { facts, path, target } = hosts.find(({ host }) => host.id === item.host)!.session;
      return { ...item, who: facts.who, address: target?.address ?? null, path };
    }),
    preflight: { mode: preflight.mode, results: preflight.results },
  };
}

/** An interruption that changed nothing is an interruption; one that left a run going is still unknown. */
function exitFor(context: Context, hosts: readonly HostOutcome[]): ExitName {
  const untouched = hosts.every(host => ['failed', 'refused', 'not-started', 'unchanged'].includes(host.result));
  if (context.signal.aborted && untouched) return context.signal.reason === 'terminated' ? 'terminated' : 'interrupted';
  return exitOf(hosts);
}
