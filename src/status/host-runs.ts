import { hostRuns } from '../host/facts/host-runs.ts';
import type { RunFacts } from '../host/facts/types.ts';
import type { StatusPart } from '../run/status-part.ts';

/** What goes on with a host itself, apart from its apps. */
export interface HostStatus {
  host: string;
  /** A run that is alive. */
  running: RunFacts | null;
  /** A run that ended without a record: it was cut off. */
  interrupted: RunFacts | null;
  /** Why systemd did not tell which run is alive; null = it did. */
  unread: string | null;
}

/** Hosts that could be read; why one could not is told with its apps. */
export const hostsStatus: StatusPart<HostStatus> = {
  sections: () => [hostRuns.ask()],
  rows: places =>
    places.flatMap(({ host, facts }) => {
      const runs = facts && hostRuns.of(facts);
      if (!runs) return [];
      const { lock, last, lockUnread } = runs;
      // Where nobody knows what is alive, nothing is called cut off.
      const interrupted = lockUnread === null && last !== null && !last.alive && last.record === null ? last : null;
      return [{ host: host.id, running: lock, interrupted, unread: lockUnread }];
    }),
  exit: rows => {
    if (rows.some(({ unread }) => unread !== null)) return 'unknown';
    return rows.every(({ interrupted }) => interrupted === null) ? 'ok' : 'failed';
  },
};
