import type { ReleaseFacts } from '../../host/facts/types.ts';

/**
 * Ids of the releases beyond the newest `keep`, in recorded order. Those that failed take nobody's place: of them the newest
 * stays. `needed` ones and what was adopted stay in any case.
 */
export function beyond(
  releases: readonly Pick<ReleaseFacts, 'id' | 'seq' | 'state' | 'adopted'>[],
  keep: number,
  needed: readonly (string | null)[],
): string[] {
  let kept = 0;
  let failed = 0;
  return releases
    .toSorted((a, b) => b.seq - a.seq)
    .filter(release => (release.state === 'failed' ? ++failed > 1 : ++kept > keep))
    .filter(release => !release.adopted && !needed.includes(release.id))
    .map(release => release.id);
}
