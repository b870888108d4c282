import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
  await rm(join(receipt.dir, 'result.json'));
  await mkdir(join(receipt.dir, 'result.json'));
  expect(await receipt.end({ exit: 0 })).toMatch(/EISDIR/);
  expect(await readdir(receipt.dir)).toEqual(['plan.json', 'result.json']);
});

test('a place where no folder can be made is told at once', async () => {
  // In a process of its own: a folder that is made for ever would keep this one from its end.
  const script = `
    import { Receipt } from '${new URL('../../src/run/receipt.ts', import.meta.url)}';
    import { Redactor } from '${new URL('../../src/redact.ts', import.meta.url)}';
    await new Receipt('/proc/ops', 'r-1', new Redactor()).begin({}).catch(error => console.log(error.code, error.message));`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 15_000 });
  expect(told).toMatch(/^receipt-unwritable nothing was changed: .*ENOENT.*\/proc\/ops/);
});

test('a folder for receipts is made with those above it, for this user alone', async () => {
  const receipt = new Receipt(join(folder, 'a/b'), 'r-1', new Redactor());
  await receipt.begin({});
  await receipt.begin({});
  for (const path of ['a', 'a/b/receipts/r-1']) expect((await stat(join(folder, path))).mode & 0o777).toBe(0o700);
});
