import type { HostFacts } from '../host/facts/types.ts';
import type { Purpose } from '../preflight/purpose.ts';
import { barredByIdentity, ofHost } from '../preflight/purposes.ts';

/** Completes pins with what is only seen after a login: where there is none, that is told, and bars nothing. */
export const pinning: Purpose<HostFacts> = { ...ofHost, name: 'pin', bars: () => false };

/** Takes down what is ours. */
export const forgetting: Purpose<HostFacts> = { ...ofHost, name: 'forget', bars: barredByIdentity };
