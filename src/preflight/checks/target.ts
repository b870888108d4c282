import type { AppConfig, HostConfig } from '../../config/types.ts';
import { quoteCommand } from '../../exec/quote.ts';
import { asOwner, asRoot } from '../../host/as-root.ts';
import type { AppFacts, UnsafeFolder } from '../../host/facts/types.ts';
import { foldersToTake } from '../../host/facts/unsafe.ts';
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
    'target-unsafe':
      'Somebody else than root (without privilege: than the login) owns or may write to a folder on the way to where `ops` writes, or made a link there. Whoever may change such a folder, often the account of the app, can lead what root makes, gives away or removes to another place, or put another release in place of the proven one. So nothing was written. Give the folder itself to root, not what is in it, and let nobody else write to it; what the app writes belongs into `shared`. Where the app runs from there already and was not deployed by ops, `ops deploy --adopt` does that for the folder of the app, and `ops hosts forget` gives it back.',
    'current-broken':
      '`current` points to a release that is not there any more, so nothing serves from it. A deploy puts it right.',
  },
  async run(view) {
    const facts = await view.appFacts();
    const { target: found, path, current, currentIsNoLink } = facts;
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
    const [open] = facts.unsafe;
    if (
      open !== undefined &&
      !(view.purpose.adopts && canBeTaken(view, facts)) &&
      found.kind !== 'moved' &&
      found.kind !== 'other'
    )
      return { ...unsafe(view, facts, open), observed };
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
        return pass(`${path} is ours`, observed);
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

/** An adoption would make its folders root's. */
function canBeTaken({ host }: HostView, facts: AppFacts): boolean {
  return facts.target.kind === 'foreign' && host.privilege !== 'none' && foldersToTake(facts) !== null;
}

/** Whoever may change a folder on the way leads what is written at its end to wherever they like. */
function unsafe(view: HostView, facts: AppFacts, { at, owner, mode, isLink }: UnsafeFolder): Finding {
  const { app, host, purpose } = view;
  const us = host.privilege === 'none' ? host.user : 'root';
  const look = `on the host: namei -l ${facts.path}/releases`;
  if (isLink) {
    return fail('target-unsafe', `${at} is a link, made by ${owner}: ops would write wherever it leads`, {
      remedies: [look, `give ${app?.id} another path in ops.yaml`],
    });
  }
  const mend = [
    ...(owner === us ? [] : [quoteCommand(['chown', us, at])]),
    ...(/[2367].?$/.test(mode) ? [quoteCommand(['chmod', 'go-w', at])] : []),
  ];
  // A link on the way may have led anywhere, and then the host alone says how that is called.
  const isNamed = `${facts.path}/releases/`.startsWith(`${at}/`);
  return fail(
    'target-unsafe',
    `${at} belongs to ${owner}, mode ${mode}: others than ${us} could lead elsewhere what ops writes there`,
    {
      remedies: [
        ...(isNamed ? mend.map(command => asRoot(host, command)) : [look]),
        !purpose.adopts && canBeTaken(view, facts)
          ? `ops deploy ${app?.id} --adopt   (when it runs from there already)`
          : `or give ${app?.id} another path in ops.yaml`,
      ],
    },
  );
}

/** What is there would stay at the old place and stop being used. */
export function moved(app: AppConfig, host: HostConfig, from: string): Finding {
  return fail('target-moved', `${app.id} is in ${from} on this host, and ops.yaml says ${app.path}`, {
    exit: 'host-not-ready',
    remedies: [
      `path: ${quoteCommand([from])} in ops.yaml, as before`,
      `ops hosts forget ${host.id} --app ${app.id}   (takes it down there, to begin anew)`,
    ],
  });
}
