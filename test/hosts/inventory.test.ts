import { expect, test } from 'vitest';
import { exitOfInventory, type InventoryRow } from '../../src/hosts/index.ts';

const row = (more: Partial<InventoryRow>) => ({ fqdn: 'web1.lab.test', pin: 'pinned', ...more }) as InventoryRow;

test.each([
  ['all known', [row({}), row({ pin: 'missing' }), row({ online: false })], 'ok'],
  ['one that the tailnet does not know', [row({}), row({ fqdn: null, pin: 'missing' }), row({ pin: 'changed' })], 'host-unknown'],
  ['one that is not who was pinned', [row({}), row({ pin: 'changed' })], 'identity-mismatch'],
])('%s', (_, rows, exit) => {
  expect(exitOfInventory(rows)).toBe(exit);
});
