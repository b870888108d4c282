import { posix } from 'node:path';

/** As many as the kernel follows on the way of one path. */
const MOST_FOLLOWED = 40;

/**
 * Whether a link of a release stays in it, as the kernel follows it: through the other links of the tree, by path in `links`.
 * Null when it does, else where it leads. It may lead to a shared path and into it, as that path itself does; from there `..`
 * is up to the app, which may put a link of its own in the place of a folder.
 */
export function strays(path: string, links: ReadonlyMap<string, string>, shared: ReadonlySet<string>): string | null {
  const at = path.split('/').slice(0, -1);
  const ahead = links.get(path)!.split('/');
  let isShared = false;
  let followed = 1;
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (isShared) return 'out of a shared path, where the app decides what it leads to';
      if (at.pop() === undefined) return 'outside the source';
      continue;
    }
    at.push(name);
    const here = at.join('/');
    isShared ||= shared.has(here);
    const target = links.get(here);
    if (target === undefined) continue;
    if (posix.isAbsolute(target)) return 'outside the source';
    if (followed++ === MOST_FOLLOWED) return 'and so back to itself';
    at.pop();
    ahead.unshift(...target.split('/'));
  }
  return null;
}
