/** Seconds since 1970, as a host tells them, in ISO 8601; null for what no calendar has: a host may say any number. */
export function isoTime(seconds: number | null): string | null {
  const date = new Date(seconds === null ? Number.NaN : seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
