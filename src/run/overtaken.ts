import type { HostResult, Outcome } from '../plan/outcome.ts';

const LOST: readonly HostResult[] = ['lock-held', 'stale'];
const UNTOUCHED: readonly HostResult[] = [...LOST, 'unchanged', 'not-started'];

/** Somebody else was quicker, and no host was changed by this run: the same may be planned again from how things are now. */
export function wasOvertaken({ hosts }: Pick<Outcome, 'hosts'>): boolean {
  return hosts.some(({ result }) => LOST.includes(result)) && hosts.every(({ result }) => UNTOUCHED.includes(result));
}
