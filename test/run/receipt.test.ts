import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Redactor } from '../../src/redact.ts';
import { Receipt } from '../../src/run/receipt.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receipt-'));
});

afterEach(() => rm(folder, { recursive: true }));

const result = async (receipt: Receipt) => JSON.parse(await readFile(join(receipt.dir, 'result.json'), 'utf8')) as object;

test('a receipt says RUNNING until it says how the run ended', async () => {
  const receipt = new Receipt(folder, 'r-1', new Redactor());
  await receipt.begin({ app: 'web' });
  expect(await result(receipt)).toEqual({ schema: 'ops/receipt@2', state: 'RUNNING' });
  expect(await receipt.end({ exit: 0 })).toBeNull();
  expect(await result(receipt)).toEqual({ schema: 'ops/receipt@2', state: 'ENDED', exit: 0 });
});

test('where no receipt can be written nothing is begun', async () => {
  await writeFile(join(folder, 'receipts'), 'in the way');
  await expect(new Receipt(folder, 'r-1', new Redactor()).begin({})).rejects.toMatchObject({
    code: 'receipt-unwritable',
    exit: 'failed',
    message: expect.stringMatching(/^nothing was changed: .*(EEXIST|ENOTDIR)/),
  });
});

test('an end that cannot be written is told, and takes nothing away from the outcome', async () => {
  const receipt = new Receipt(folder, 'r-1', new Redactor());
  await receipt.begin({});
  await mkdir(join(receipt.dir, 'result.json.tmp'));
  expect(await receipt.end({ exit: 0 })).toMatch(/EISDIR/);
  expect(await result(receipt)).toEqual({ schema: 'ops/receipt@2', state: 'RUNNING' });
});
