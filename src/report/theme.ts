import { Chalk, type ChalkInstance } from 'chalk';
import type { Verdict } from '../preflight/result.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

/**
 * Colour is decided once for each stream: --color, then NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, TERM=dumb, CI, and last the
 * terminal itself. chalk reads none of NO_COLOR, so it is told the level.
 */
export function wantsColor(choice: ColorChoice, env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false') return true;
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true;
  if (env.TERM === 'dumb' || env.CI) return false;
  return isTTY;
}

export interface Theme {
  paint: ChalkInstance;
  verdict(verdict: Verdict): string;
}

const LABELS: Record<Verdict, { text: string; color: 'green' | 'yellow' | 'red' | 'gray' | 'magenta' }> = {
  pass: { text: '[OK]', color: 'green' },
  warn: { text: '[WARN]', color: 'yellow' },
  fail: { text: '[FAIL]', color: 'red' },
  skip: { text: '[SKIP]', color: 'gray' },
  unknown: { text: '[UNKNOWN]', color: 'magenta' },
};

export function createTheme(color: boolean): Theme {
  const paint = new Chalk({ level: color ? 1 : 0 });
  return {
    paint,
    verdict: verdict => {
      const { text, color: name } = LABELS[verdict];
      return paint[name](text) + ' '.repeat(Math.max(0, 6 - text.length));
    },
  };
}
