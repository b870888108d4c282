import type { AppConfig } from '../config/types.ts';
import { ownAndForeign } from './facts/services.ts';

/** The app's units as programs on hosts are told of them; `foreign` ones were there before ops and keep their own file. */
export function unitParams(app: AppConfig): { unit: readonly string[]; foreign: readonly string[] } {
  const { own, foreign } = ownAndForeign(app);
  return { unit: own, foreign };
}
