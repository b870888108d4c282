import { OpsError } from '../errors.ts';
import type { HostSession } from './types.ts';
import type { HostView, Login } from './view.ts';

/** The logins that came about, by host id, in the order of the views. */
export async function openSessions(views: readonly HostView[]): Promise<ReadonlyMap<string, HostSession>> {
  const sessions = new Map<string, HostSession>();
  for (const view of views) {
    const login = await loginOf(view);
    if (!login) continue;
    const known = !view.host.local && view.via === null;
    const path = known ? await view.path() : null;
    sessions.set(view.host.id, {
      runner: login.runner,
      target: login.target,
      facts: login.facts,
      peer: known ? await view.peer() : null,
      path: path?.ok ? path.path : null,
    });
  }
  return sessions;
}

/** Ends the connection of a host. A login that failed half-way closes behind itself. */
export async function leave(view: HostView): Promise<void> {
  const login = await loginOf(view);
  await login?.runner.close();
}

function loginOf(view: HostView): Promise<Login | null> {
  return view.login().catch((error: unknown) => {
    if (error instanceof OpsError) return null;
    throw error;
  });
}
