import type { Context } from '../context.ts';
import { chooseApp, hostsOf } from '../preflight/index.ts';
import { openHosts } from '../run/open.ts';
import { planInput, prepareOver } from './open.ts';
import type { PreparedApp } from './parts.ts';
import { planPrune } from './plan/prune.ts';
import { planRollback } from './plan/rollback.ts';
import { goingBack } from './purposes.ts';
import { textsOfKept } from './text-changes.ts';

export interface RollbackRequest {
  app: string | null;
  hosts: readonly string[];
  /** Release id or the end of one; null = the last proven release before current. */
  to: string | null;
  /** Also tell how the files beside the tree read, there and then. */
  texts: boolean;
}

export async function prepareRollback(context: Context, { app: id, hosts, to, texts }: RollbackRequest): Promise<PreparedApp> {
  const app = chooseApp(context, id);
  const prepared = await prepareOver(await openHosts(context, hostsOf(context, app, hosts), goingBack(app, texts)), open =>
    planRollback({ ...planInput(context, app), to, hosts: open.map(({ planned }) => planned) }),
  );
  return { ...prepared, texts: texts ? prepared.parts.flatMap(part => textsOfKept(part, part.plan.release)) : [] };
}

export interface PruneRequest {
  app: string | null;
  hosts: readonly string[];
  /** How many of the newest releases that did not fail stay, besides current, the one to go back to and adopted ones; null = as ops.yaml says. */
  keep: number | null;
}

export async function preparePrune(context: Context, { app: id, hosts, keep }: PruneRequest): Promise<PreparedApp> {
  const app = chooseApp(context, id);
  return prepareOver(await openHosts(context, hostsOf(context, app, hosts), goingBack(app)), open =>
    planPrune({ ...planInput(context, app), keep: keep ?? app.keep, hosts: open.map(({ planned }) => planned) }),
  );
}
