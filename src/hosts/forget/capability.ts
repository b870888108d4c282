import type { Capability } from '../../run/capability.ts';
import { questionOf } from './order.ts';
import type { ForgetHostPlan } from './steps.ts';

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
