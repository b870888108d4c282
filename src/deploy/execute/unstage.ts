import { runProgram } from '../../host/host.ts';
import type { UploadPart } from '../parts.ts';
import type { DeployPlan } from '../steps.ts';
import { unstageOrder } from './order.ts';

const DEADLINE_MS = 60_000;

/**
 * What was to be taken over is left as it was, now that nothing goes live. Where a host does not answer, the next deploy goes on from
 * there, and a forget gives it back.
 */
export async function unstage(plan: DeployPlan, { plan: host, session }: UploadPart): Promise<void> {
  const order = unstageOrder(plan, host);
  if (order === null) return;
  const call = { program: 'unstage', privilege: host.privilege, ...order, deadlineMs: DEADLINE_MS, mutates: true } as const;
  await runProgram(session.runner, call).catch(() => undefined);
}
