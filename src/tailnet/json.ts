/** A JSON object as another program printed it: nothing about its keys is known. */
export type Json = Readonly<Record<string, unknown>>;

/** An object on lines of its own, indented or all in one: a wrapper may say something before and after it. */
const OBJECT = /^\{\r?\n[\s\S]*?^\}|^\{.*\}/m;

/** null for text that holds no JSON object. */
export function parseObject(text: string): Json | null {
  try {
    return asObject(JSON.parse(OBJECT.exec(text)?.[0] ?? text));
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
