import type { AppConfig, HostConfig } from '../config/types.ts';
import { OpsError } from '../errors.ts';
import type { HostRunner } from '../exec/runner.ts';
import type { Who } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import { unitParams } from '../host/unit-params.ts';
import type { HostPlan, Plan } from '../plan/plan.ts';
import { describeWho, releaseSpec } from './execute/order.ts';
import { ADOPTED } from './plan/deploy.ts';

/** Records the running installation as a proven release. It is only read: neither its tree nor its units change. */
export async function adopt(
  runner: HostRunner,
  run: Plan,
  plan: HostPlan,
  app: AppConfig,
  host: HostConfig,
  who: Who,
  link: string,
): Promise<void> {
  const answer = await runProgram(runner, {
    program: 'adopt',
    privilege: host.privilege,
    params: { run: run.run, app: app.id, path: app.path, release: ADOPTED, link, by: describeWho(who), ...unitParams(app) },
    blobs: { spec: releaseSpec(app, plan.fqdn) },
    deadlineMs: 60_000,
    mutates: true,
  });
  if (answer.get('adopted') === ADOPTED) return;
  throw new OpsError(
    answer.get('error') ?? 'adopt-failed',
    'host-not-ready',
    `${host.id}: ${answer.get('detail') ?? 'the installation could not be recorded'}`,
  );
}
