import { resultCalled } from '../protocol.ts';
import type { AppFacts, ReleaseFacts } from './types.ts';

export function currentRelease(facts: AppFacts): ReleaseFacts | null {
  return facts.releases.find(release => release.id === facts.current?.release) ?? null;
}

/** What `current` points to while this release serves; one that is new lies with the others. */
export function linkOf({ releases }: AppFacts, id: string): string {
  return releases.find(release => release.id === id)?.link ?? `releases/${id}`;
}

/** What serves was settled, and no run has left it not serving since. */
export function isStillSettled(facts: AppFacts): boolean {
  const current = currentRelease(facts);
  return current !== null && isSettled(current) && !facts.current?.broken && !leftNotServing(facts);
}

/** The last run changed what serves, could not take it back, and ended. A prune changes nothing that serves. */
export function leftNotServing({ lastRun }: Pick<AppFacts, 'lastRun'>): boolean {
  const outcome = lastRun?.record?.outcome?.[0] ?? '';
  return lastRun?.mode !== 'prune' && resultCalled(outcome) === 'stuck';
}

/** Full id of the commit that it was made of, a dirty tree or not; null = of none. */
export function commitOf({ commit }: Pick<ReleaseFacts, 'commit'>): string | null {
  return commit?.split(' ')[0] || null;
}

/** It was proven, or, where nothing could be asked of it, stayed up: one to go back to. */
export function isSettled({ state }: Pick<ReleaseFacts, 'state'>): boolean {
  return state === 'proven' || state === 'stable';
}

/**
 * Where a failure goes back to: current when it is settled, else the newest settled release on disk, else current all the same
 * when it is live: better than nothing. The host's way_back says so, too.
 */
export function wayBack(facts: AppFacts, current: ReleaseFacts | null): ReleaseFacts | null {
  if (current && isSettled(current) && current.present) return current;
  const live = current?.state === 'active' && current.present ? current : null;
  return newest(settledExcept(facts, null)) ?? live;
}

/** Where `ops rollback` goes. Recorded order decides, so going back twice goes two releases back and never to and fro. */
export function settledBefore(facts: AppFacts, current: ReleaseFacts | null): ReleaseFacts | null {
  return newest(settledExcept(facts, current).filter(release => !current || release.seq < current.seq));
}

/** On disk, and settled. */
export function settledExcept(facts: AppFacts, except: ReleaseFacts | null): ReleaseFacts[] {
  return facts.releases.filter(release => isSettled(release) && release.present && release.id !== except?.id);
}

export function newest(releases: readonly ReleaseFacts[]): ReleaseFacts | null {
  return releases.reduce<ReleaseFacts | null>((best, release) => (best && best.seq > release.seq ? best : release), null);
}
