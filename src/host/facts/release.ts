import { OpsError } from '../../errors.ts';
import type { Block } from '../answer.ts';
import { OWN_PATHS, PATHS, RELEASE_STATES } from '../protocol.ts';
import { number } from './number.ts';
import type { ReleaseFacts } from './types.ts';

/** @throws OpsError state-damaged. */
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
    digest: one('digest'),
    created: one('created'),
    commit: one('commit') || null,
    by: one('by'),
    run: one('run'),
    adopted: one('link') !== '',
    link: one('link') || `releases/${one('id')}`,
    present: one('present') === '1',
    holdsEnv: one('env') === '1',
    services: block.get('service') ?? [],
    stableMs: number(one('stable_ms')),
    probes: block.get('probe') ?? [],
  };
}
