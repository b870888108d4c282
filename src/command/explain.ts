import { OpsError } from '../errors.ts';
import { nearestNames } from '../tailnet/nearest.ts';
import { EXPLAINERS } from './explanations.ts';

const EXPLANATIONS: ReadonlyMap<string, string> = new Map(EXPLAINERS.flatMap(codes => Object.entries(codes)));

/** For `ops explain CODE`. @throws OpsError code-unknown, exit usage. */
export function explain(code: string): string {
  const text = EXPLANATIONS.get(code);
  if (text !== undefined) return text;
  const near = nearestNames(code, explainedCodes());
  throw new OpsError('code-unknown', 'usage', `nothing is known about ${JSON.stringify(code)}`, {
    ...(near.length > 0 ? { hint: near.map(name => `ops explain ${name}`) } : {}),
  });
}

export function explainedCodes(): readonly string[] {
  return [...EXPLANATIONS.keys()];
}
