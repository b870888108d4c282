import type { AppConfig, ServiceConfig } from '../../config/types.ts';
import { lastValue, programsOf, type Setting, serviceSettings } from './unit-file.ts';

/** What of an app runs as root where systemd may, in words: whole services, and commands of others. Root is never guessed at. */
export function rootOf(app: AppConfig, shipped: ReadonlyMap<string, string>): string[] {
  return app.services.flatMap(service => {
    const readings = readingsOf(shipped.get(service.unit) ?? '');
    const why = readings.map(settings => whyRoot(service, settings)).find(each => each !== null);
    if (why !== undefined) return [`${service.unit} (${why})`];
    return [...new Set(readings.flatMap(settings => elevated(service, settings)))];
  });
}

/** A backslash with blanks behind it joins lines for some versions of systemd and not for others. */
function readingsOf(text: string): Setting[][] {
  return [text, text.replaceAll(/[ \t]+(?=[\n\r\0]|$)/g, '')].map(serviceSettings);
}

function whyRoot(service: ServiceConfig, settings: readonly Setting[]): string | null {
  if (service.kind === 'run') return service.user === 'root' ? 'user: root in ops.yaml' : null;
  if (service.kind === 'existing') return null;
  const user = lastValue(settings, 'User');
  if (user === '') return isOn(lastValue(settings, 'DynamicUser')) ? null : `${service.file} has no User=`;
  // A specifier may stand for root: %u does.
  return /^(?:root|0+)$|%/.test(user) ? `${service.file} has User=${user}` : null;
}

/** Commands that systemd starts as root, whatever User= says. */
function elevated({ unit }: ServiceConfig, settings: readonly Setting[]): string[] {
  const startOnly = isOn(lastValue(settings, 'PermissionsStartOnly'));
  return programsOf(settings)
    .filter(({ key, prefixes }) => /[+!]/.test(prefixes) || (startOnly && key !== 'ExecStart'))
    .map(({ key, prefixes, path }) => `${key}=${prefixes}${path} of ${unit}`);
}

function isOn(value: string): boolean {
  return /^(?:1|y|yes|t|true|on)$/i.test(value);
}
