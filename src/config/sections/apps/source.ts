import { resolve } from 'node:path';
import * as z from 'zod';
import { isPresent, type Partly } from '../../draft.ts';
import { directory, gitRef, map, relativePath } from '../../fields.ts';
import { tidy } from '../../spelling.ts';
import type { SourceConfig } from './types.ts';

const exclude = z
  .array(relativePath, { error: 'expected a list of relative paths' })
  .describe('Paths that are left out, relative to dir. .git never goes along.');

export const source = z.union(
  [
    directory,
    z.strictObject(
      {
        git: gitRef.optional().describe('Commit to export clean; without it the directory is taken as it is.'),
        dir: directory.optional().describe('Directory relative to ops.yaml. Default: its own directory.'),
        exclude: exclude.optional(),
      },
      map,
    ),
  ],
  { error: 'expected a directory, {dir: …} or {git: REF}' },
);

export function normalizeSource(written: Partly<z.infer<typeof source>> | undefined, root: string): SourceConfig {
  const { dir = '.', exclude = [], git } = typeof written === 'string' ? { dir: written } : { ...written };
  const shared = { dir: resolve(root, dir), exclude: exclude.filter(isPresent).map(tidy) };
  return git === undefined ? { kind: 'dir', ...shared } : { kind: 'git', ref: git, ...shared };
}
