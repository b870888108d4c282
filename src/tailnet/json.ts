/** A JSON object as another program printed it: nothing about its keys is known. */
export type Json = Readonly<Record<string, unknown>>;

/** null for text that is no JSON object. */
export function parseObject(text: string): Json | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

export function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** Empty for anything that is no string. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
