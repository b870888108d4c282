import type { Context } from '../context.ts';

/** Rows of the progress list that are no host's: what is done for all of them, and what is asked from here. */
export const OWN_ROWS = ['upload', 'operator'] as const;

/** The row of a host. One that is called as a row of our own is not to be mixed up with it. */
export function hostRow(host: string): string {
  return (OWN_ROWS as readonly string[]).includes(host) ? `host ${host}` : host;
}

/** Says how a row gets on: of several lines the first. */
export function sayIn(context: Context, row: string) {
  return (state: 'start' | 'progress' | 'done' | 'failed', text: string) =>
    context.emit({ type: 'row', row, state, text: text.split('\n', 1)[0]! });
}
