import { type Context, createRunId } from '../../context.ts';
import { OpsError } from '../../errors.ts';
import { refusalIn, unreadable } from '../../host/answer.ts';
import { runProgram } from '../../host/host.ts';
import { findHost, runPreflight } from '../../preflight/index.ts';
import { PreflightRefused } from '../../preflight/refused.ts';
import { describeOverrides, hostPlanOf } from '../../run/host-plan.ts';
import type { OpenHost, Part } from '../../run/part.ts';
import type { Prepared } from '../../run/use-case.ts';
import { forgetting } from '../purposes.ts';
import { questionOf } from './order.ts';
import { planForget } from './plan.ts';
import { type Belonging, type ForgetHostPlan, type ForgetPlan, parseBelonging } from './steps.ts';

export interface ForgetRequest {
  host: string;
  /** null = all apps, and then the host's pin as well. */
  app: string | null;
  /** Releases, current and shared go, too. */
  trees: boolean;
}

export type PreparedForget = Prepared<ForgetPlan, Part<ForgetHostPlan>>;

/** Lists everything of ours on a host; the removal walks the same way. */
export async function prepareForget(context: Context, request: ForgetRequest): Promise<PreparedForget> {
  // One that was taken out of ops.yaml already: how it is reached and who ops is there stood in ops.yaml only.
  const host = findHost(context, request.host, `put ${request.host} back under hosts: in ops.yaml until it is forgotten`);
  const preflight = await runPreflight(context, [host], forgetting);
  try {
    const session = preflight.sessions.get(request.host);
    if (!session || forgetting.bars(preflight)) throw new PreflightRefused(preflight);
    const wanted = { only: request.app, trees: request.trees };
    const belongings = await listBelongings({ host, session }, wanted);
    const plan = planForget({
      command: 'forget',
      config: context.config,
      run: createRunId(),
      overrides: describeOverrides(context),
      hosts: [{ ...hostPlanOf(host, session), ...wanted, belongings }],
    });
    const parts = plan.hosts.map(each => ({ host, session, plan: each, started: 0, outcome: null }));
    return { plan, preflight, parts, close: () => preflight.close() };
  } catch (error) {
    await preflight.close();
    throw error;
  }
}

/** In the order in which the host walks. */
export async function listBelongings(
  { host, session }: OpenHost,
  wanted: Pick<ForgetHostPlan, 'only' | 'trees'>,
): Promise<Belonging[]> {
  const answer = await runProgram(session.runner, {
    program: 'belongings',
    privilege: host.privilege,
    params: questionOf(wanted),
    deadlineMs: 60_000,
    mutates: false,
  });
  const refusal = refusalIn(answer);
  if (refusal !== null)
    throw new OpsError(refusal.code, 'failed', `${host.id}: ${refusal.detail ?? refusal.code}`, { hint: 'ops status' });
  return answer.all('belonging').map(line => {
    const belonging = parseBelonging(line);
    if (belonging === null) throw unreadable(host.id, 'it lists what is nothing of ours');
    return belonging;
  });
}
