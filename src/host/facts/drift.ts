import { isEnvFile } from './env-file.ts';
import { currentRelease } from './releases.ts';
import type { AppFacts, InstalledFile } from './types.ts';

/** In words, what is not as the release that serves left it; nothing = all that was looked at is. */
export function driftOf(facts: AppFacts): string[] {
  const { path, current, edited, installed } = facts;
  if (current === null) return [];
  const beside = new Set(installed.map(each => each.path));
  const isThere = (file: string) => file.startsWith(`${path}/`) || beside.has(file);
  return [
    ...(currentRelease(facts) ? [] : [`current points to ${current.link}, which is no release of ops`]),
    ...(current.unproved === null ? [] : [current.unproved]),
    ...edited.map(file => `${file} ${isThere(file) ? 'was changed by hand' : 'is gone'}`),
    ...installed
      .filter(file => file.mode !== modeOf(file))
      .map(file => `${file.path} has mode ${file.mode}, not ${modeOf(file)}`),
  ];
}

/** As ops installs it: nobody else reads an env file. */
function modeOf({ path }: Pick<InstalledFile, 'path'>): string {
  return isEnvFile(path) ? '600' : '644';
}
