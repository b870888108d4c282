import { expect, test } from 'vitest';
import type { PinPlan } from '../../src/hosts/index.ts';
import { renderPins } from '../../src/report/hosts.ts';
import { fingerprint } from '../../src/tailnet/host-key.ts';
import { makeKey, makePin } from '../tailnet/nodes.ts';

test('pins are shown as ssh-keygen -l and the consoles of providers show keys, so that they can be compared', () => {
  const key = makeKey('web1');
  const pin = makePin('web1', { hostKeys: [key] });
  const proposal = { id: 'web1', pin, state: 'new', source: 'scan', differences: [] } as unknown as PinPlan['proposals'][number];
  const lines = renderPins({ file: 'ops.pins', pins: [], proposals: [proposal], changes: {}, accepted: [] });
  expect(lines.at(-1)).toBe(`      ssh-ed25519 ${fingerprint(key)}`);
  expect(lines.join()).not.toContain(key.split(' ')[1]);
});
