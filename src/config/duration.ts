const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** `500ms`, `30s`, `2m`, `1h`, `14d`, or a number of seconds → milliseconds; null when it is none of these. */
export function parseDuration(written: string | number): number | null {
  const match = DURATION.exec(typeof written === 'number' ? `${written}s` : written);
  if (!match) return null;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** Total, for drafts: what is no time is 0, and was refused already. */
export function milliseconds(written: string | number): number {
  return parseDuration(written) ?? 0;
}
