import { writeFile } from 'node:fs/promises';
import { BugError } from '../errors.ts';
import { quoteCommand } from './quote.ts';

/** What no program takes apart, of those that cut a line into words by themselves. */
export const ONE_WORD = /^\/[\w@%+=:,./-]*$/;

/**
 * The value of rsync's --rsh, which rsync itself cuts into words: two that we chose. The command's own words are in a script,
 * where a shell reads them, in a private folder; started by sh, since nothing may be executed where some machines keep it.
 */
export async function rsyncShell(script: string, command: readonly string[]): Promise<string> {
  if (!ONE_WORD.test(script)) throw new BugError(`rsync would cut ${script} into pieces`);
  await writeFile(script, `exec ${quoteCommand(command)} "$@"\n`, { mode: 0o600 });
  return `/bin/sh ${script}`;
}
