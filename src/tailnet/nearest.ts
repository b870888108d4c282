import { editDistance } from '../config/suggest.ts';

/** Up to `limit` candidates that a slip of the finger could have turned into `name`, nearest first. */
export function nearestNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const reach = Math.max(2, Math.floor(name.length / 3));
  return [...new Set(candidates)]
    .map(candidate => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}
