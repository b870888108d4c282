import { explanations as config } from '../config/explanations.ts';
import { OpsError } from '../errors.ts';
import { CHECKS } from '../preflight/checks/index.ts';
import { explanations as preflight } from '../preflight/explanations.ts';
import { explanations as run } from '../run/explanations.ts';
import { nearestNames } from '../tailnet/nearest.ts';
import { CAPABILITIES } from './capabilities.ts';
import { explanations as commandLine } from './own-explanations.ts';

/** Who gives codes, in the order of the stages. Each code is explained by one of them. */
export const EXPLAINERS: readonly Readonly<Record<string, string>>[] = [
  commandLine,
  preflight,
  ...CHECKS.map(({ codes }) => codes),
  config,
  run,
  ...CAPABILITIES.map(({ explanations }) => explanations),
];

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
