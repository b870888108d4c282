import { createInterface } from 'node:readline/promises';

/** Asks with the target in the question; anything but y or yes is no, and so is a terminal that closes. */
export async function confirm(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<boolean> {
  const closed = new AbortController();
  input.on('error', () => closed.abort());
  // A line of the terminal's own: raw mode could not be taken back from one that has closed, with an error nobody can catch.
  const lines = createInterface({ input, output, terminal: false }).once('close', () => closed.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: AbortSignal.any([signal, closed.signal]) });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
