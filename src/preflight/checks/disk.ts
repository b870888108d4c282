import { formatBytes } from '../../format.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass, unknown, warn } from '../finding.ts';

export const disk: Check = {
  id: 'disk',
  title: 'room on the host',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.app,
  codes: {
    'disk-full':
      'The file system of the target has less room or fewer inodes left than checks.disk.fail allows. `ops releases APP --prune --keep 2` removes old releases and what dead uploads left; otherwise grow it.',
    'disk-filling':
      'The file system of the target is fuller than checks.disk.warn. Remove old releases before it stops a deploy: `ops releases APP --prune --keep 3`.',
    'disk-read-only':
      'The target’s file system cannot be written to: mounted read-only (often after an I/O error), or not owned by the login user with `privilege: none`.',
    'disk-unread': 'The host did not say how full its disk is. Its `stat` may not be the GNU one.',
  },
  async run(view) {
    const { disk: seen } = await view.appFacts();
    if (seen === null) return unknown('disk-unread', 'the host did not say how full its disk is');
    const remedies = [`ops releases ${view.app?.id} --prune --keep 2`];
    if (seen.readOnly)
      return fail('disk-read-only', `${seen.at} cannot be written to: read-only, or not ours`, {
        remedies: [`on the host: findmnt -T ${seen.at}`],
        observed: { ...seen },
      });
    const bytes = share(seen.totalBytes, seen.freeBytes);
    const inodes = share(seen.totalInodes, seen.freeInodes);
    const { diskWarn, diskFail } = view.config.checks;
    const room = `${seen.at} is ${bytes} % full (${formatBytes(seen.freeBytes)} left)`;
    const names = `${seen.at} has used ${inodes} % of its inodes (${seen.freeInodes.toLocaleString('en-US')} left)`;
    // The fuller of the two is what stops a deploy first.
    const [used, message] = inodes > bytes ? [inodes, names] : [bytes, room];
    if (used >= diskFail) return fail('disk-full', message, { remedies, observed: { ...seen } });
    if (used >= diskWarn) return warn('disk-filling', message, { remedies, observed: { ...seen } });
    return pass(room, { ...seen });
  },
};

/** Whole per cent in use. File systems without fixed inodes (btrfs, zfs) report none: then nothing is used up. */
function share(total: number, free: number): number {
  return total <= 0 ? 0 : Math.round(((total - free) / total) * 100);
}
