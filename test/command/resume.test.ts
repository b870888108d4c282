import { expect, test } from 'vitest';
import { firstThatKnows } from '../../src/command/resume.ts';
import type { Context } from '../../src/context.ts';
import { PreflightRefused } from '../../src/preflight/refused.ts';
import { unknownRun } from '../../src/run/find.ts';
import type { Prepared } from '../../src/run/use-case.ts';
import { PREFLIGHT } from '../support/deploy-run.ts';

const KNOWN = { parts: [] } as unknown as Prepared;
const knows = { prepare: async () => KNOWN };
const failing = (error: Error) => ({ prepare: () => Promise.reject(error) });
const refused = new PreflightRefused(PREFLIGHT);
const unknown = unknownRun('web', 'r-1');
const ask = (...asked: Parameters<typeof firstThatKnows>[2]) =>
  firstThatKnows({} as Context, { run: 'r-1', texts: false }, asked);

test('a host that one capability cannot ask does not keep the next one from finding its run', async () => {
  expect(await ask(failing(refused), knows)).toBe(KNOWN);
  expect(await ask(failing(unknown), knows)).toBe(KNOWN);
});

test('where nobody knows it, the host that was not asked may be the one that does', async () => {
  await expect(ask(failing(refused), failing(unknown))).rejects.toBe(refused);
  await expect(ask(failing(unknown), failing(unknown))).rejects.toBe(unknown);
});

test('anything else ends it', async () => {
  const error = new Error('broken');
  await expect(ask(failing(error), knows)).rejects.toBe(error);
});
