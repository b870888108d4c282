import { OpsError } from '../errors.ts';
import type { Finding } from './result.ts';

type Observed = Readonly<Record<string, unknown>>;
type More = Pick<Finding, 'remedies' | 'exit' | 'observed'>;

export function pass(message: string, observed?: Observed): Finding {
  return { verdict: 'pass', code: 'ok', message, ...(observed ? { observed } : {}) };
}

export function warn(code: string, message: string, more: More = {}): Finding {
  return { verdict: 'warn', code, message, ...more };
}

export function fail(code: string, message: string, more: More = {}): Finding {
  return { verdict: 'fail', code, message, ...more };
}

export function unknown(code: string, message: string, more: More = {}): Finding {
  return { verdict: 'unknown', code, message, ...more };
}

/** An observation that could not be made. One whose outcome nobody knows is unknown, never failed and never passed. */
export function findingOf(error: OpsError): Finding {
  const verdict = error.exit === 'unknown' || error.exit === 'timeout' ? 'unknown' : 'fail';
  return {
    verdict,
    code: error.code,
    message: error.message,
    exit: error.exit,
    ...(error.hints.length > 0 ? { remedies: error.hints } : {}),
    ...(Object.keys(error.details).length > 0 ? { observed: error.details } : {}),
  };
}

/** The error of an observation that was not made; null when it was. What is no OpsError is a bug and goes on upwards. */
export async function errorOf(observation: Promise<unknown>): Promise<OpsError | null> {
  try {
    await observation;
    return null;
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}
