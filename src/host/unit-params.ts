import type { AppConfig } from '../config/types.ts';

/** The app's units as programs on hosts are told of them; `foreign` ones were there before ops and keep their own file. */
export function unitParams(app: AppConfig): { unit: string[]; foreign: string[] } {
  const names = (foreign: boolean) =>
    app.services.filter(service => (service.kind === 'existing') === foreign).map(service => service.unit);
  return { unit: names(false), foreign: names(true) };
}
