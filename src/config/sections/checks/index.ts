import * as z from 'zod';
import { milliseconds } from '../../duration.ts';
import { duration, integer, map } from '../../fields.ts';
import type { DraftOf, Rule, Section } from '../section.ts';
import type { ChecksConfig } from './types.ts';

const percent = (meaning: string) => integer('a percentage', 1, 100).optional().describe(meaning);

const schema = z
  .strictObject(
    {
      disk: z
        .strictObject({ warn: percent('Warns from here. Default: 85.'), fail: percent('Fails from here. Default: 95.') }, map)
        .optional()
        .describe('Space and inodes in use, in per cent.'),
      clock: duration('100ms', '1h').optional().describe('Warns when clocks differ by more. Default: 5s.'),
      key_expiry: duration('1h', '365d').optional().describe("Warns when a host's node key expires sooner. Default: 14d."),
    },
    map,
  )
  .describe('Limits of the preflight checks.')
  .optional();

function normalize({ checks: { disk, clock, key_expiry } = {} }: DraftOf<'checks', typeof schema>): ChecksConfig {
  return {
    checks: {
      diskWarn: disk?.warn ?? 85,
      diskFail: disk?.fail ?? 95,
      clockSkewWarnMs: milliseconds(clock ?? '5s'),
      keyExpiryWarnDays: milliseconds(key_expiry ?? '14d') / 86_400_000,
    },
  };
}

const diskLimitsInOrder: Rule<ChecksConfig, unknown> = ({ config: { checks }, intact }) =>
  checks.diskWarn > checks.diskFail && intact(['checks', 'disk'])
    ? [{ path: ['checks', 'disk'], message: `expected warn ≤ fail, found ${checks.diskWarn} > ${checks.diskFail}` }]
    : [];

export const checks = { schema, normalize, rules: [diskLimitsInOrder] } satisfies Section;
