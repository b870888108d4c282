import { OpsError, type Problem } from '../errors.ts';
import { type Flaw, formatPath, type Located, printable } from './flaw.ts';
import type { YamlFile } from './load.ts';

/** Where the flaws stand, one for each key: the first, as the later ones may follow from it. A message may name what the file has. */
export function locate(flaws: readonly Flaw[], yaml: YamlFile): Located[] {
  const byKey = new Map<string, Located>();
  for (const { path, message, on = 'value' } of flaws) {
    const key = formatPath(path);
    if (!byKey.has(key)) byKey.set(key, { path, message: printable(message), offset: yaml.offsetOf(path, on) });
  }
  return [...byKey.values()];
}

/** Every problem in the order of the file, then those of flags and environment, which have no place in it. */
export function invalidConfig(label: string, yaml: YamlFile, located: readonly Located[], overrides: readonly Flaw[]): OpsError {
  const problems: Problem[] = located
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, path, message }) => ({
      at: `${label}:${yaml.position(offset)}`,
      ...(path.length > 0 && { key: formatPath(path) }),
      message,
    }));
  problems.push(...overrides.map(({ path, message }) => ({ key: formatPath(path), message })));
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const place = [...(located.length > 0 ? [label] : []), ...(overrides.length > 0 ? ['what overrides it'] : [])].join(' and ');
  return new OpsError('config-invalid', 'usage', `${count} in ${place}`, { problems });
}
