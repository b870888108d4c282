import { type Context, createRunId } from '../context.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import { chooseApp, hostsOf } from '../preflight/index.ts';
import { openHosts } from '../run/open.ts';
import { planAsItIs, planWithoutUpload } from './plan/base.ts';
import { planInput } from './prepare.ts';
import { goingBack } from './purposes.ts';
import { type PreparedRun, plannedHost, planOver, runOnHost } from './rollback.ts';

export interface PruneRequest {
  app: string | null;
  hosts: readonly string[];
  /** How many of the newest releases that did not fail stay, besides current, the one to go back to and adopted ones; null = as ops.yaml says. */
  keep: number | null;
}

export async function preparePrune(context: Context, request: PruneRequest): Promise<PreparedRun> {
  const found = chooseApp(context, request.app);
  const app = { ...found, keep: request.keep ?? found.keep };
  return planOver(await openHosts(context, hostsOf(context, app, request.hosts), goingBack(app)), app, hosts =>
    planWithoutUpload(
      'prune',
      planInput(context, app, createRunId()),
      hosts.map(open => {
        const { releases, leftovers } = open.facts;
        // As the host's prune counts: of those that failed the newest stays, besides.
        const failed = releases.filter(({ state }) => state === 'failed').length;
        const due = releases.length - failed > app.keep || failed > 1 || leftovers.length > 0;
        return {
          ...planAsItIs(plannedHost(context, open)),
          steps: due ? [{ kind: 'retain' as const, keep: app.keep }] : [],
        };
      }),
    ),
  );
}

export function executePrune(context: Context, prepared: PreparedRun): Promise<HostOutcome[]> {
  return Promise.all(prepared.plan.hosts.map(plan => runOnHost(context, prepared, plan, 'prune')));
}
