import type { Check } from '../check.ts';
import { fail, pass, warn } from '../finding.ts';

export const target: Check = {
  id: 'target',
  title: 'target directory',
  vantage: 'host',
  exit: 'host-not-ready',
  appliesTo: view => view.app !== null,
  async run(view) {
    const { target: found, path, current, currentIsNoLink } = await view.appFacts();
    const observed = { path, ...found, current: current?.link ?? null };
    const adopt = `ops deploy ${view.app?.id} --adopt`;
    // Below another app's mark, or where this app has never been, it is not the first thing to mend.
    if (currentIsNoLink && found.kind !== 'other' && found.kind !== 'moved') {
      // An app of ours stays at its path, and what somebody put there in place of the link goes out of the way.
      const as = ['sudo', 'doas'].includes(view.host.privilege) ? `${view.host.privilege} ` : '';
      const away = [`on the host: ls -la ${path}/current`, `then: ${as}mv ${path}/current ${path}/current.old`];
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
        return pass(`${path} is ours`, observed);
      case 'moved':
        return fail('target-moved', `${view.app?.id} is in ${found.from} on this host, and ops.yaml says ${path}`, {
          remedies: [
            `path: ${found.from} in ops.yaml, as before`,
            `ops hosts forget ${view.host.id} --app ${view.app?.id}   (takes it down there, to begin anew)`,
          ],
          observed,
        });
      case 'other':
        return fail('target-other', `${path} belongs to the app ${found.owner}`, {
          remedies: [`give ${view.app?.id} another path in ops.yaml`],
          observed,
        });
      case 'foreign':
        if (view.adopt) return pass(`${path} was not made by ops and is about to be taken over`, observed);
        return fail('target-foreign', `${path} holds something that ops did not put there`, {
          remedies: ['look at path in ops.yaml', `${adopt}   (when it runs from there already)`],
          observed,
        });
    }
  },
};
