import type { AppConfig, HostConfig } from '../../config/types.ts';
import { asOwner, asRoot } from '../../host/as-root.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, warn } from '../finding.ts';
import type { Finding } from '../result.ts';
import type { HostView } from '../view.ts';

export const target: Check = {
  id: 'target',
  title: 'target directory',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.app,
  codes: {
    'target-moved':
      '`path` was changed in ops.yaml after the app had been deployed. What is on the host, shared data too, would stay at the old place and stop being used. Put the old path back, or move by hand: stop the app, forget it on the host, move its shared data, deploy.',
    'target-other':
      'The target directory carries the mark of another app. Two apps never share one: give this app another `path`.',
    'target-foreign':
      'The target directory holds files that ops did not put there, so it will not touch them. `ops deploy --adopt` takes the running installation over as the previous release, untouched.',
    'current-no-link':
      '`current` exists but is no symbolic link, so it cannot be switched in one step, and --adopt does not take it over. Where ops has deployed the app before, look at it and move it away. Elsewhere give the app another `path`, or make `current` a link to the folder that it is now, while the app is stopped.',
    'current-elsewhere':
      '`current` points to something that is no release of ops, although the app is deployed by ops: somebody changed it by hand, or the account of the app did. What serves is not what ops knows; the next deploy points it to a release again.',
    'app-folder-open':
      'The account that the app runs as may write to the folder where `current` and the releases lie, so the app could put another release in place of what was deployed and proven. Give the folder to root; what the app writes belongs into `shared`.',
    'current-broken':
      '`current` points to a release that is not there any more, so nothing serves from it. A deploy puts it right.',
  },
  async run(view) {
    const { target: found, path, current, currentIsNoLink, open } = await view.appFacts();
    const observed = { path, ...found, current: current?.link ?? null };
    const adopt = `ops deploy ${view.app?.id} --adopt`;
    // Below another app's mark, or where this app has never been, it is not the first thing to mend.
    if (currentIsNoLink && found.kind !== 'other' && found.kind !== 'moved') {
      // An app of ours stays at its path, and what somebody put there in place of the link goes out of the way.
      const mv = `mv ${path}/current ${path}/current.old`;
      const away = [`on the host: ls -la ${path}/current`, asOwner(view.host, mv)];
      return fail('current-no-link', `${path}/current is no symbolic link, so it cannot be switched`, {
        remedies: found.kind === 'ours' ? away : [`give ${view.app?.id} another path in ops.yaml`],
        observed,
      });
    }
    switch (found.kind) {
      case 'none':
        return pass(`${path} is free`, observed);
      case 'ours':
        if (current?.broken) {
          return warn('current-broken', `${path}/current points to ${current.link}, which is not there`, {
            remedies: [`ops status ${view.app?.id}`, `ops deploy ${view.app?.id}`],
            observed,
          });
        }
        if (current !== null && current.release === null) {
          return warn('current-elsewhere', `${path}/current points to ${current.link}, which is no release of ops`, {
            remedies: [`on the host: ls -la ${path}`, `ops deploy ${view.app?.id}`],
            observed,
          });
        }
        return open.length === 0 ? pass(`${path} is ours`, observed) : { ...opened(view, open), observed };
      case 'moved':
        return { ...moved(view.app!, view.host, found.from), observed };
      case 'other':
        return fail('target-other', `${path} belongs to the app ${found.owner}`, {
          remedies: [`give ${view.app?.id} another path in ops.yaml`],
          observed,
        });
      case 'foreign':
        if (view.purpose.adopts) return pass(`${path} was not made by ops and is about to be taken over`, observed);
        return fail('target-foreign', `${path} holds something that ops did not put there`, {
          remedies: ['look at path in ops.yaml', `${adopt}   (when it runs from there already)`],
          observed,
        });
    }
  },
};

/** Whoever the app runs as could switch it, too. */
function opened({ app, host }: HostView, open: readonly string[]): Finding {
  return warn(
    'app-folder-open',
    `${app?.user}, which ${app?.id} runs as, may write to ${open.join(' and ')}: it could switch releases`,
    {
      remedies: [asRoot(host, `chown root: ${open.join(' ')}`), asRoot(host, `chmod go-w ${open.join(' ')}`)],
    },
  );
}

/** What is there would stay at the old place and stop being used. */
export function moved(app: AppConfig, host: HostConfig, from: string): Finding {
  return fail('target-moved', `${app.id} is in ${from} on this host, and ops.yaml says ${app.path}`, {
    exit: 'host-not-ready',
    remedies: [
      `path: ${from} in ops.yaml, as before`,
      `ops hosts forget ${host.id} --app ${app.id}   (takes it down there, to begin anew)`,
    ],
  });
}
