import { explanations as config } from '../config/explanations.ts';
import { explanations as deploy } from '../deploy/explanations.ts';
import { explanations as hosts } from '../hosts/explanations.ts';
import { CHECKS } from '../preflight/checks/index.ts';
import { explanations as preflight } from '../preflight/explanations.ts';
import { explanations as run } from '../run/explanations.ts';
import { explanations as status } from '../status/explanations.ts';
import { explanations as commandLine } from './own-explanations.ts';

/** Who gives codes, in the order of the stages. Each code is explained by one of them. */
export const EXPLAINERS: readonly Readonly<Record<string, string>>[] = [
  commandLine,
  preflight,
  ...CHECKS.map(({ codes }) => codes),
  hosts,
  config,
  run,
  deploy,
  status,
];
