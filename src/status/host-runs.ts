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
}

/** Hosts that could be read; why one could not is told with its apps. */
export const hostsStatus: StatusPart<HostStatus> = {
  sections: () => [hostRuns.ask()],
  rows: places =>
    places.flatMap(({ host, facts }) => {
      const runs = facts && hostRuns.of(facts);
      if (!runs) return [];
      const { lock, last } = runs;
      const interrupted = last !== null && !last.alive && last.record === null ? last : null;
      return [{ host: host.id, running: lock, interrupted }];
    }),
  exit: rows => (rows.every(({ interrupted }) => interrupted === null) ? 'ok' : 'failed'),
};
