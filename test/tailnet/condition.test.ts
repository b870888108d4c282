import { expect, test } from 'vitest';
import { conditionError, describeCondition, isBlocking, peerConditions } from '../../src/tailnet/condition.ts';
import { makePeer } from './nodes.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const inDays = (days: number) => new Date(NOW + days * 86_400_000).toISOString();

test.each([
  ['online, key never expires', {}, []],
  ['online, key expires long after', { keyExpiry: inDays(143) }, []],
  ['on the last day that warns', { keyExpiry: inDays(13.5) }, [{ code: 'peer-expiring', at: inDays(13.5), days: 13 }]],
  ['exactly at the limit', { keyExpiry: inDays(14) }, []],
  ['offline', { online: false, lastSeen: inDays(-1) }, [{ code: 'peer-offline', lastSeen: inDays(-1) }]],
  ['expired, though Online says true', { expired: true }, [{ code: 'peer-expired', at: null }]],
  [
    'expired by the date, though the control server has not said so',
    { keyExpiry: inDays(-0.1) },
    [{ code: 'peer-expired', at: inDays(-0.1) }],
  ],
  ['expired and offline is expired: nothing else helps', { online: false, expired: true }, [{ code: 'peer-expired', at: null }]],
  [
    'offline and about to expire is both',
    { online: false, keyExpiry: inDays(2) },
    [
      { code: 'peer-offline', lastSeen: null },
      { code: 'peer-expiring', at: inDays(2), days: 2 },
    ],
  ],
])('%s', (_what, overrides, expected) => {
  expect(peerConditions(makePeer('web1', overrides), NOW, 14)).toEqual(expected);
});

test('only an expiring key leaves a peer usable', () => {
  expect(isBlocking({ code: 'peer-expiring', at: inDays(2), days: 2 })).toBe(false);
  expect(isBlocking({ code: 'peer-offline', lastSeen: null })).toBe(true);
  expect(isBlocking({ code: 'peer-expired', at: null })).toBe(true);
});

test('a blocking condition ends with exit 13 and names the host', () => {
  const error = conditionError(makePeer('web1'), { code: 'peer-offline', lastSeen: inDays(-1) });
  expect(error).toMatchObject({ code: 'peer-offline', exitCode: 13 });
  expect(error.message).toBe('web1.lab.test: not connected to the tailnet, last seen 2026-11-20T12:00:00.000Z');
});

test('one day is singular', () => {
  expect(describeCondition({ code: 'peer-expiring', at: inDays(1), days: 1 }).message).toContain('in 1 day (');
});
