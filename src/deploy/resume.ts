import type { AppConfig, HostConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import { currentRelease } from '../host/facts/releases.ts';
import { hostsOf } from '../preflight/index.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import type { ResumeRequest } from '../run/door.ts';
import { type Found, findRun, unknownRun } from '../run/find.ts';
import { openHosts } from '../run/open.ts';
import { readReceiptPlan } from '../run/receipt.ts';
import type { Prepared } from '../run/use-case.ts';
import { DEPLOY } from './capability.ts';
import { planInput, prepareOver } from './open.ts';
import type { AppPart } from './parts.ts';
import { planResume } from './plan/resume.ts';
import { finishing } from './purposes.ts';
import { questionsOf } from './release/spec.ts';
import type { DeployPlan, DeployStep } from './steps.ts';
import { textsOfKept } from './text-changes.ts';

export interface FoundPart extends AppPart {
  found: Found;
  /** What is asked from here of whatever serves, also where there is nothing to do and so no step says it. */
  questions: readonly DeployStep[];
}

export type PreparedResume = Prepared<DeployPlan, FoundPart>;

export async function prepareResume(context: Context, request: ResumeRequest): Promise<PreparedResume> {
  const { run } = request;
  const places = await placesOf(context, run);
  let refused: PreflightRefused | null = null;
  for (const place of places) {
    try {
      const prepared = await lookAt(context, place, request);
      if (run === null || prepared.parts.some(({ found }) => found.run !== null)) return prepared;
      await prepared.close();
    } catch (error) {
      if (!(error instanceof PreflightRefused)) throw error;
      refused ??= error;
    }
  }
  // A host that could not be asked may be the one that knows it.
  if (refused) throw refused;
  throw unknownRun(places.map(({ app }) => app.id).join(', '), run);
}

interface Place {
  app: AppConfig;
  hosts: HostConfig[];
}

/** Where a run may have been: the receipt here says it; without one, any app. The last run of several apps is no one run. */
async function placesOf(context: Context, run: string | null): Promise<Place[]> {
  const plan = run === null ? null : await readReceiptPlan(context.stateDir, run);
  const apps = Object.values(context.config.apps);
  const app = plan?.scope.kind === 'app' ? context.config.apps[plan.scope.app] : undefined;
  if (plan && app) {
    const hosts = plan.hosts.map(host => host.host).filter(id => app.hosts.includes(id));
    return [{ app, hosts: hostsOf(context, app, hosts) }];
  }
  if (run === null && apps.length !== 1)
    throw new OpsError('run-unknown', 'usage', 'which run? ops.yaml has several apps', { hint: 'ops status' });
  return apps.map(each => ({ app: each, hosts: hostsOf(context, each, []) }));
}

async function lookAt(context: Context, { app, hosts }: Place, { run, texts }: ResumeRequest): Promise<PreparedResume> {
  // No gate but who the host is: a full disk or a held lock is no reason not to look.
  const open = await openHosts(context, hosts, finishing(app, texts));
  try {
    const found = await Promise.all(
      open.hosts.map(async item => ({
        ...item,
        found: await findRun(DEPLOY, item, item.facts, { app: app.id, path: app.path }, run),
      })),
    );
    const prepared = await prepareOver({ ...open, hosts: found }, items =>
      planResume({ ...planInput(context, app), hosts: items.map(({ planned, found: seen }) => ({ ...planned, found: seen })) }),
    );
    const parts = prepared.parts.map(part => ({
      ...part,
      questions: questionsOf(currentRelease(part.facts)),
    }));
    return {
      ...prepared,
      parts,
      texts: texts ? parts.flatMap(part => textsOfKept(part, part.plan.previous ?? part.plan.backTo)) : [],
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}
