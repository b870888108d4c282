import type { AppConfig } from '../../config/types.ts';
import type { Context } from '../../context.ts';
import { runProgram } from '../../host/host.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import type { OpenHost } from '../../run/open.ts';
import { isAskedFromHere } from './order.ts';

const DEADLINE_MS = 30_000;

/**
 * Tells the hosts whose release answered here that it is proven now: without it, nobody who goes on after us takes it for that.
 * One that cannot be told serves all the same, so that is a note and no failure.
 */
export async function confirm(
  context: Context,
  app: AppConfig,
  hosts: readonly Pick<OpenHost, 'host' | 'session'>[],
  outcomes: readonly HostOutcome[],
): Promise<HostOutcome[]> {
  if (!isAskedFromHere(app)) return [...outcomes];
  return Promise.all(
    outcomes.map(async (outcome, index) => {
      if (outcome.result !== 'deployed' || outcome.current === null) return outcome;
      const { host, session } = hosts[index]!;
      const params = { app: app.id, path: app.path, release: outcome.current };
      const call = { program: 'confirm', privilege: host.privilege, params, deadlineMs: DEADLINE_MS, mutates: true } as const;
      const trouble = await runProgram(session.runner, call).then(
        answer => answer.get('detail') ?? null,
        (error: Error) => error.message,
      );
      if (trouble !== null)
        context.emit({
          type: 'note',
          text: `${host.id} does not know that ${outcome.current} answered: ${trouble}   → ops resume`,
        });
      return { ...outcome, executions: session.runner.executions };
    }),
  );
}
