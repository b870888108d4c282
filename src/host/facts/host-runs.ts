import { under } from '../answer.ts';
import { parseRuns } from './runs.ts';
import { factSection } from './section.ts';
import type { HostRuns } from './types.ts';

/** The runs of the host's own scope. What is said of them carries no app. */
export const hostRuns = factSection<void, HostRuns | null>(
  'host',
  () => ({}),
  answer => {
    const said = under(answer, '/');
    if (said.get('held') === undefined) return null;
    const runs = parseRuns(said.all('run'));
    const named = new Set(said.all('last_run'));
    const last = runs.filter(({ run }) => named.has(run));
    return {
      lock: runs.find(({ alive }) => alive) ?? null,
      lockUnread: said.get('lock_unread') ?? null,
      // Two when one of them lies among the volatile ones.
      last: last.sort((a, b) => (a.since < b.since ? 1 : -1))[0] ?? null,
    };
  },
);
