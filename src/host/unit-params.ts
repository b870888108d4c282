import type { AppConfig } from '../config/types.ts';
import type { Params } from './compose.ts';

/** The app's units as programs on hosts are told of them; `foreign` ones were there before ops and keep their own file. */
export function unitParams(app: AppConfig): Params {
  const names = (foreign: boolean) =>
    app.services.filter(service => (service.kind === 'existing') === foreign).map(service => service.unit);
  return { unit: names(false), foreign: names(true) };
}
