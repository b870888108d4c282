import { isPath, isUnitName } from '../../forms.ts';
import type { Block } from '../answer.ts';
import { fitting } from './fitting.ts';
import { number } from './number.ts';
import { isoTime } from './time.ts';
import type { UnitFacts } from './types.ts';

export function parseUnit(block: Block, bootedAt: number | null): UnitFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  const entered = number(one('ActiveEnterTimestampMonotonic')) ?? 0;
  const running = one('ActiveState') === 'active';
  return {
    unit: one('Id'),
    names: one('Names').split(' ').filter(isUnitName),
    type: one('Type'),
    load: one('LoadState'),
    active: one('ActiveState'),
    sub: one('SubState'),
    restarts: number(one('NRestarts')) ?? 0,
    mainPid: number(one('MainPID')) ?? 0,
    invocation: one('InvocationID'),
    since: running && entered > 0 && bootedAt !== null ? isoTime(bootedAt + entered / 1e6) : null,
    result: one('Result'),
    enabled: one('UnitFileState'),
    fragment: fitting(isPath, one('FragmentPath')) ?? '',
  };
}
