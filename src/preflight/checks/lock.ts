import { formatMs } from '../../format.ts';
import { hostRuns } from '../../host/facts/host-runs.ts';
import type { RunFacts } from '../../host/facts/types.ts';
import { formatPhase } from '../../host/protocol.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, unknown } from '../finding.ts';
import type { Finding } from '../result.ts';
import type { HostView } from '../view.ts';

export const lock: Check = {
  id: 'lock',
  title: 'nobody else is deploying',
  vantage: 'host',
  exit: 'lock-held',
  concerns: about.app,
  always: true,
  codes: {
    'answer-unreadable':
      'The host answered our program with what it cannot have said: a path, an id or a line has not the form that it must have. Nothing of it is used, and other hosts are not touched by it. Run the command again; if it stays, look at what stands between us and the program there (its login shell, its systemctl), and at who is root on it.',
    'facts-missing':
      'The host answered, but left out what was asked about the app. Run the command again; if it stays, please report it.',
    'state-damaged':
      'The state that ops keeps on the host could not be read. Look at the folder that the message names; nothing is changed while it is so.',
    'lock-held':
      'Somebody else’s deploy of this app is at work on the host right now, and a live one is never pushed aside. `ops resume RUN` watches it; `--wait 10m` queues behind it.',
    'lock-unread':
      'Only systemd on the host knows whether a deploy of this app is at work, and it gave no answer. Look at `systemctl is-system-running` there; with privilege none, at the login user’s own systemd.',
  },
  async run(view) {
    const facts = await view.appFacts();
    const ofHost = hostRuns.of(await view.privileged());
    const unread = facts.lockUnread ?? ofHost?.lockUnread ?? null;
    if (unread !== null) return unknown('lock-unread', `systemd on the host does not tell whether somebody deploys: ${unread}`);
    if (facts.lock) return held(view, view.app!.id, facts.lock);
    if (ofHost?.lock && takesDown(ofHost.lock, view.app!.id)) return held(view, view.host.id, ofHost.lock);
    return pass('free');
  },
};

/** A forget of the whole host, or of this app; other runs of the host leave its apps alone. */
function takesDown({ mode, about: { only = '' } }: RunFacts, app: string): boolean {
  return mode === 'forget' && (only === '' || only === app);
}

function held(view: HostView, what: string, holder: RunFacts): Finding {
  const since = Date.parse(holder.since);
  const age = Number.isFinite(since) ? `, for ${formatMs(Math.max(0, view.now() - since))}` : '';
  return fail(
    'lock-held',
    `${what} is being changed by ${holder.by || 'someone'}, ${holder.run}${age}: ${formatPhase(holder.phase)}`,
    {
      remedies: [`ops resume ${holder.run}`, 'try again later, or with --wait 10m'],
      observed: { run: holder.run, by: holder.by, since: holder.since, phase: holder.phase, release: holder.release },
    },
  );
}
