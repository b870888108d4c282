import type { Flaw } from '../../flaw.ts';
import { findHostProblems } from '../hosts/host-list.ts';
import { type AppRule, appPath, neighbours } from './rule.ts';

/** Directories that belong to the system: releases of an app go below one of them, never in its place. */
const SYSTEM = [
  'bin',
  'boot',
  'etc',
  'home',
  'lib',
  'lib32',
  'lib64',
  'media',
  'mnt',
  'opt',
  'root',
  'sbin',
  'srv',
  'tmp',
  'usr',
  'var',
];
/** Nothing may live here: not disks, or not ours. */
const NEVER = ['/boot', '/dev', '/etc', '/proc', '/run', '/sys', '/var/lib/ops', '/var/run'];

export const knownHosts: AppRule = context =>
  Object.values(context.config.apps).flatMap(app =>
    findHostProblems(context.draft.apps?.[app.id]?.hosts, appPath(app, 'hosts'), context),
  );

export const pathsOfTheirOwn: AppRule = ({ config }) =>
  Object.values(config.apps).flatMap((app): Flaw[] => {
    const path = appPath(app, 'path');
    const expected = `expected a directory of the app's own, such as /srv/${app.id}`;
    if (SYSTEM.some(name => app.path === `/${name}`))
      return [{ path, message: `${expected}, found a system directory: ${app.path}` }];
    const taken = NEVER.find(directory => isWithin(app.path, directory));
    return taken ? [{ path, message: `${expected}, found one in ${taken}` }] : [];
  });

export const pathsApart: AppRule = ({ config }) =>
  [...neighbours(config)].flatMap(([earlier, app, host]): Flaw[] =>
    isWithin(app.path, earlier.path) || isWithin(earlier.path, app.path)
      ? [
          {
            path: appPath(app, 'path'),
            message: `${app.path} overlaps with ${earlier.path} of apps.${earlier.id}, also on ${host}`,
          },
        ]
      : [],
  );

/** A link inside a link cannot be made, and one path needs one link only. */
export const sharedPathsApart: AppRule = ({ config, draft }) =>
  Object.values(config.apps).flatMap(app => {
    const written = (draft.apps?.[app.id]?.shared ?? []).map(path => path?.replace(/^\.\//, '').replace(/\/$/, ''));
    return written.flatMap((path, index): Flaw[] => {
      if (path === undefined) return [];
      const other = written.find(
        (earlier, at) => at < index && earlier !== undefined && (isWithin(path, earlier) || isWithin(earlier, path)),
      );
      return other === undefined ? [] : [{ path: appPath(app, 'shared', index), message: `${path} overlaps with ${other}` }];
    });
  });

/** A quote, a pipe or a variable would be passed on as it stands: whoever wrote it expects a shell. */
export const checksWithoutShell: AppRule = ({ draft }) =>
  Object.entries(draft.apps ?? {}).flatMap(([id, app]) =>
    (app?.checks ?? []).flatMap((check, index): Flaw[] =>
      typeof check === 'string' && /["'`$|&;<>()*?\\~#]/.test(check)
        ? [
            {
              path: ['apps', id, 'checks', index],
              message: 'no shell reads this; expected a list of words, such as [sh, -c, "…"]',
            },
          ]
        : [],
    ),
  );

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
