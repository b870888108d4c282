/** A copy of a plan in which one leaf is another, and which one that is: `steps.3.link`. */
export interface Changed<T> {
  path: string;
  value: T;
}

/** Values that mean something where they stand: their other is one of them, too. */
const OTHERS: Readonly<Record<string, string>> = {
  http: 'tcp',
  tcp: 'http',
  host: 'operator',
  operator: 'host',
  unit: 'dropin',
  dropin: 'unit',
  file: 'existing',
  existing: 'run',
  run: 'file',
  sudo: 'doas',
};

/** One copy for each leaf of `value`, with that leaf changed, and one for each list, with one item more. */
export function* changedOnce<T>(value: T): Generator<Changed<T>> {
  for (const path of pathsOf(value)) yield { path: path.join('.'), value: withOther(value, path) as T };
}

function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) {
    yield path;
    return;
  }
  for (const [key, child] of Object.entries(value)) yield* pathsOf(child, [...path, key]);
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) yield [...path, String(value.length)];
}

function withOther(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return other(value);
  if (Array.isArray(value)) return value.toSpliced(Number(key), 1, withOther(value[Number(key)], rest));
  return { ...(value as object), [key]: withOther((value as Record<string, unknown>)[key], rest) };
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1_000;
  if (typeof value === 'boolean') return !value;
  return typeof value === 'string' ? (OTHERS[value] ?? `${value}-x`) : 'x';
}
