import { OpsError } from '../errors.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `--wait 10m` in milliseconds; 0 without it. */
export function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const match = /^(\d{1,6})(s|m|h)$/.exec(text);
  if (!match) throw new OpsError('usage', 'usage', `--wait expects a duration such as 30s or 10m, found ${JSON.stringify(text)}`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
