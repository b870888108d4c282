import { OpsError } from '../errors.ts';
import { comparePin, describeDifference, mismatches } from '../tailnet/compare-pin.ts';
import type { Pin } from '../tailnet/types.ts';

/**
 * ssh's refusal of a host key, with what the port shows now: a person can then tell a new disk from an impostor.
 * `shown` is null when nobody could look in a way that proves anything; the refusal stands all the same.
 */
export function describeWrongKey(refusal: OpsError, pin: Pin, shown: readonly string[] | null): OpsError {
  const seen = { ...pin, hostKeys: shown, machineId: null };
  const differences = mismatches(comparePin(pin, seen)).map(describeDifference);
  return new OpsError(refusal.code, refusal.exit, [refusal.message, ...differences].join('\n'), {
    hint: [...refusal.hints, `ops explain ${refusal.code}`],
    details: { differences },
    cause: refusal,
  });
}
