import { askHost } from './ask.ts';
import { interrupted } from './interrupted.ts';
import { observeHost } from './observe.ts';
import { once } from './once.ts';
import type { PreflightOptions } from './options.ts';
import { leave, openSessions } from './sessions.ts';
import { sideBySide } from './side-by-side.ts';
import { lookAround } from './surroundings.ts';
import type { Preflight } from './types.ts';
import { exitOf } from './verdict.ts';
import type { HostView } from './view.ts';

/** More at once gain nothing: each host costs a key exchange, and the processor here is one. */
const HOSTS_AT_ONCE = 10;

/**
 * May we? Asks every host side by side and, within a host, in order of dependence. Never throws for what a check can
 * say; throws OpsError `pins-damaged` (usage) before anything is started, and `interrupted`.
 */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const started = performance.now();
  const around = await lookAround(options);
  const views = options.hosts.map((host, index) => observeHost(around, host, index));
  const asked: HostView[] = [];
  const close = once(async () => {
    await Promise.all(asked.map(leave));
    await around.removeFiles();
  });
  try {
    const reports = await sideBySide(views, HOSTS_AT_ONCE, view => {
      options.signal?.throwIfAborted();
      asked.push(view);
      return askHost(view, options);
    });
    options.signal?.throwIfAborted();
    return {
      purpose: options.purpose.name,
      mode: options.mode,
      reports,
      results: reports.flatMap(report => report.results),
      sessions: await openSessions(views),
      exit: exitOf(reports, options.mode),
      durationMs: performance.now() - started,
      close,
    };
  } catch (error) {
    await close();
    throw options.signal?.aborted ? interrupted(options.signal) : error;
  }
}
