import { OpsError } from '../errors.ts';
import { nearestNames } from '../tailnet/nearest.ts';
import { EXPLANATIONS } from './explanations.ts';

/** For `ops explain CODE`. @throws OpsError code-unknown, exit usage. */
export function explain(code: string): string {
  const text = Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code] : undefined;
  if (text !== undefined) return text;
  const near = nearestNames(code, Object.keys(EXPLANATIONS));
  throw new OpsError('code-unknown', 'usage', `nothing is known about ${JSON.stringify(code)}`, {
    ...(near.length > 0 ? { hint: near.map(name => `ops explain ${name}`) } : {}),
  });
}

export function explainedCodes(): readonly string[] {
  return Object.keys(EXPLANATIONS);
}
