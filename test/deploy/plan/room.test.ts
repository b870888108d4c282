import { expect, test } from 'vitest';
import type { HostConfig } from '../../../src/config/types.ts';
import { requireRoom } from '../../../src/deploy/plan/room.ts';
import { appFacts } from '../../support/app-facts.ts';

const disk = { totalBytes: 100e6, freeBytes: 10e6, totalInodes: 1000, freeInodes: 3, type: 'ext4' };
const at = (overrides = {}) => {
  return appFacts([], { folders: [{ kind: 'releases' as const, at: '/srv', writable: 'yes' as const, ...disk, ...overrides }] });
};
const add = (count: number) => ({
  add: Array.from({ length: count }, (_, index) => `f\t644\tx\t${index}`),
  drop: [],
  upload: [],
});
const host = (privilege: HostConfig['privilege']) => ({ id: 'web1', privilege }) as HostConfig;
const bytes = { upload: 9e6, tree: 20e6 };

test.each<[string, Parameters<typeof requireRoom>, string | null]>([
  ['fits', [host('sudo'), at(), add(3), bytes], null],
  ['too many bytes', [host('sudo'), at(), add(1), { upload: 11e6, tree: 11e6 }], '11 MB, and 10 MB are left at /srv'],
  ['blocks count, not bytes alone', [host('sudo'), at(), add(3), { upload: 9.99e6, tree: 9.99e6 }], '10 MB'],
  ['a copy takes the room of the whole tree', [host('none'), at(), add(1), bytes], '20 MB, and 10 MB are left'],
  ['too many names', [host('sudo'), at(), add(4), bytes], '4 inodes, and 3 are left'],
  ['no fixed inodes', [host('sudo'), at({ totalInodes: 0, freeInodes: 0 }), add(4), bytes], null],
  ['an unread disk is for preflight to tell', [host('sudo'), appFacts(), add(9), bytes], null],
])('%s', (_name, call, refusal) => {
  const ask = () => requireRoom(...call);
  if (refusal === null) expect(ask).not.toThrow();
  else expect(ask).toThrow(refusal);
});
