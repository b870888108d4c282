import { type Flaw, show } from './flaw.ts';
import type { ConfigRequest } from './request.ts';

const NAME = 'OPS_ENV_ALLOW';
const ENTRY = /^(?:[A-Za-z_]\w*\*?|\*)$/;

/** Which variables ops.yaml may read is not for ops.yaml to say: CI, which runs it for others, says so beside it. */
export interface EnvAllow {
  mayRead(variable: string): boolean;
  flaws: readonly Flaw[];
}

/** Names with commas between them; one that ends in * stands for all that begin like it. Set and empty allows none. */
export function readEnvAllow({ env }: Pick<ConfigRequest, 'env'>): EnvAllow {
  const written = env[NAME];
  if (written === undefined) return { mayRead: () => true, flaws: [] };
  const entries = written
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '');
  const wrong = entries.filter(entry => !ENTRY.test(entry));
  return {
    mayRead: variable =>
      entries.some(entry => (entry.endsWith('*') ? variable.startsWith(entry.slice(0, -1)) : variable === entry)),
    flaws: wrong.map(entry => ({
      path: [NAME],
      message: `expected names with commas between them, such as WEB_TOKEN,APP_*, found ${show(entry)}`,
    })),
  };
}
