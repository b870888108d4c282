import { basename } from 'node:path';
import * as z from 'zod';
import type { Partly } from '../../draft.ts';
import { account, map, relativePath, text } from '../../fields.ts';
import { tidy } from '../../spelling.ts';
import type { ServiceConfig } from './types.ts';

export const service = z
  .strictObject(
    {
      run: text('a command line, such as node server.js')
        .optional()
        .describe(
          'Command line of a unit that ops generates: words, quoted as in ExecStart=, without a shell. $NAME is from its environment; % stands for itself.',
        ),
      user: account.optional().describe('Account that a generated unit runs as.'),
      unit: relativePath.optional().describe('Unit file shipped in the source.'),
    },
    map,
  )
  .nullable();

/** The full name of a unit that may be written without `.service`. */
export function serviceUnit(name: string): string {
  return name.endsWith('.service') ? name : `${name}.service`;
}

export function normalizeService(key: string, written: Partly<z.infer<typeof service>> | undefined, user: string): ServiceConfig {
  if (written?.unit !== undefined) return { kind: 'file', unit: basename(written.unit), file: tidy(written.unit) };
  const unit = serviceUnit(key);
  if (written?.run === undefined) return { kind: 'existing', unit };
  return { kind: 'run', unit, run: written.run, user: written.user ?? user };
}
