/** What is left of T after everything wrong has been taken out. */
export type Partly<T> = T extends readonly (infer Item)[]
  ? readonly (Partly<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;

/** A list of a draft keeps its length: what was refused is a hole in it. */
export function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Without a prototype: `apps.constructor` must not exist unless it was written. */
export function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T, key: string) => U): Record<string, U> {
  const changed: Record<string, U> = Object.create(null);
  for (const [key, value] of Object.entries(map)) changed[key] = change(value, key);
  return changed;
}
