import type { Flaw } from '../../flaw.ts';
import { type AppRule, appPath } from './rule.ts';

/** A repository says what it wants to read of the environment, and whoever runs it says what it may. */
export const variablesAllowed: AppRule = ({ config, envAllow, intact }) =>
  Object.values(config.apps).flatMap(app =>
    Object.entries(app.env).flatMap(([name, value]): Flaw[] => {
      const path = appPath(app, 'env', name, 'env');
      if (typeof value === 'string' || !intact(path) || envAllow.mayRead(value.env)) return [];
      return [{ path, message: `expected a variable that OPS_ENV_ALLOW names, found ${value.env}` }];
    }),
  );
