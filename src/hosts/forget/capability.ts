import type { Capability } from '../../run/capability.ts';
import { questionOf } from './order.ts';
import type { Belonging, ForgetHostPlan } from './steps.ts';

export const FORGET: Capability<ForgetHostPlan> = {
  id: 'forget',
  programs: { transaction: 'forget', start: 'forget.start', follow: 'forget.follow' },
  volatile: true,
  place: questionOf,
  interpret(outcome, _record, { host, only }) {
    if (outcome.result === 'done' || outcome.result === 'unknown') return { ...outcome, details: [] };
    const again = `ops hosts forget ${host}${only === null ? '' : ` --app ${only}`}`;
    const hints = [...outcome.hints, outcome.result === 'lock-held' ? 'ops status' : again];
    return { ...outcome, hints, ...(outcome.result === 'stuck' && { exit: 'failed' as const }) };
  },
  done: () => 'removed',
};

/** What a host says of itself afterwards: numbered, since each is a line of its own. */
export function leftOn(seen: Readonly<Record<string, string>>): { left: Belonging[]; stays: string[] } {
  const lines = (kind: string) => Object.entries(seen).flatMap(([key, line]) => (key.startsWith(`${kind}.`) ? [line] : []));
  const left = lines('left').map(line => {
    const at = line.indexOf(' ');
    return { kind: line.slice(0, at), path: line.slice(at + 1) };
  });
  return { left, stays: lines('stays') };
}
