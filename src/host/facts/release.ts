import { OpsError } from '../../errors.ts';
import { isDigest, isRunId, isText, isTime, isUnitName } from '../../forms.ts';
import type { Block } from '../answer.ts';
import { OWN_PATHS, PATHS, RELEASE_STATES } from '../protocol.ts';
import { fitting } from './fitting.ts';
import { number } from './number.ts';
import type { ReleaseFacts } from './types.ts';

/** A line of its spec that asks something, as spec.ts of a deploy writes it; of an earlier version it is shorter. */
const PROBE =
  /^(?:probe|ask) [A-Za-z0-9._-]{1,48} (?:http|tcp) \S+ (?:-|\d{3}(?:,\d{3})*) \S+ \d{1,6} \d{1,9} \d{1,9}(?: (?:-|\d{1,5})(?: [A-Za-z0-9:_.@\\-]+(?: (?:-|named))?)?)?$/;

/** Its id has its form. @throws OpsError state-damaged. */
export function parseRelease(block: Block): ReleaseFacts {
  const one = (key: string) => block.get(key)?.[0] ?? '';
  // A crash may have come between the folder of a release and its state: then it proves nothing.
  const state = RELEASE_STATES.find(known => known === (one('state').trim() || 'failed'));
  if (state === undefined) {
    throw new OpsError('state-damaged', 'host-not-ready', `release ${one('id')} has no state that ops knows`, {
      hint: `on the host: ls ${PATHS.state}/apps   (with privilege none: ~/${OWN_PATHS.state}/apps)`,
    });
  }
  return {
    id: one('id'),
    seq: number(one('seq')) ?? 0,
    state,
    digest: fitting(isDigest, one('digest')) ?? '',
    created: fitting(isTime, one('created')) ?? '',
    commit: fitting(isText, one('commit')) || null,
    by: fitting(isText, one('by')) ?? '',
    run: fitting(isRunId, one('run')) ?? '',
    adopted: one('link') !== '',
    link: fitting(isText, one('link')) || `releases/${one('id')}`,
    present: one('present') === '1',
    holdsEnv: one('env') === '1',
    services: (block.get('service') ?? []).filter(isUnitName),
    stableMs: number(one('stable_ms')),
    probes: (block.get('probe') ?? []).filter(line => PROBE.test(line)),
  };
}
