import { OpsError } from '../errors.ts';

/** What a look came to; once it was interrupted, whatever it says is of no use. @throws OpsError interrupted. */
export async function unlessInterrupted<T>(signal: AbortSignal, look: Promise<T>): Promise<T> {
  try {
    const seen = await look;
    signal.throwIfAborted();
    return seen;
  } catch (error) {
    throw signal.aborted ? interrupted(signal) : error;
  }
}

export function interrupted(signal: AbortSignal): OpsError {
  const exit = signal.reason === 'terminated' ? 'terminated' : 'interrupted';
  return new OpsError('interrupted', exit, 'interrupted while looking: nothing was changed');
}
