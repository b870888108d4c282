import { formatMs } from '../../format.ts';
import { formatPhase } from '../../host/protocol.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../finding.ts';

export const lock: Check = {
  id: 'lock',
  title: 'nobody else is deploying',
  vantage: 'host',
  exit: 'lock-held',
  always: true,
  appliesTo: view => view.app !== null,
  async run(view) {
    const { lock: holder, lockUnread } = await view.appFacts();
    if (lockUnread !== null) {
      return unknown('lock-unread', `systemd on the host does not tell whether somebody deploys: ${lockUnread}`);
    }
    if (holder === null) return pass('free');
    const since = Date.parse(holder.since);
    const age = Number.isFinite(since) ? `, for ${formatMs(Math.max(0, view.now() - since))}` : '';
    return fail(
      'lock-held',
      `${view.app?.id} is being changed by ${holder.by || 'someone'}, ${holder.run}${age}: ${formatPhase(holder.phase)}`,
      {
        remedies: [`ops resume ${holder.run}`, 'try again later, or with --wait 10m'],
        observed: { run: holder.run, by: holder.by, since: holder.since, phase: holder.phase, release: holder.release },
      },
    );
  },
};
