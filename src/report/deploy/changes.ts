import { posix } from 'node:path';
import type { Change } from '../../deploy/steps.ts';
import { plural } from '../../format.ts';
import { isEnvFile } from '../../host/facts/env-file.ts';

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

/** What changes besides the contents of the tree, which the upload tells, and what was found not to be as it was left. */
export function changeLines(changes: readonly Change[]): string[] {
  const of = <K extends Change['kind']>(kind: K) => changes.filter((change): change is Of<K> => change.kind === kind);
  const variables = of('variable').map(({ name, how }) => `${name} ${how}`);
  const files = of('file').filter(({ path }) => variables.length === 0 || !isEnvFile(path));
  const keys = of('key').map(({ key }) => key);
  const changed = [
    files.map(({ path, how }) => `${nameOf(path)} ${how}`).join(', '),
    variables.length > 0 ? `env ${variables.join(', ')}` : '',
    keys.length > 0 ? `${keys.join(', ')} as ops.yaml has it now` : '',
    describeModes(of('mode')),
  ].filter(words => words !== '');
  const found = of('drift').map(({ what }) => what);
  return [
    ...(changed.length > 0 ? [`changes: ${changed.join(' · ')}`] : []),
    ...(found.length > 0 ? [`found: ${found.join(' · ')}`] : []),
  ];
}

/** A tree may have thousands. */
const MODES_SHOWN = 3;

function describeModes(modes: readonly Of<'mode'>[]): string {
  const shown = modes.slice(0, MODES_SHOWN).map(({ path, from, to }) => `mode of ${path} ${from} → ${to}`);
  const more = modes.length - shown.length;
  return [...shown, ...(more > 0 ? [`and of ${plural(more, 'more file')}`] : [])].join(', ');
}

/** A drop-in by its unit: all of ours have the same name. */
export function nameOf(path: string): string {
  if (isEnvFile(path)) return 'env file';
  const [, unit] = /\/([^/]+)\.d\/[^/]+\.conf$/.exec(path) ?? [];
  return unit === undefined ? posix.basename(path) : `drop-in of ${unit}`;
}
