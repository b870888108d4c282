import type { AppConfig } from '../../config/types.ts';
import { currentRelease } from './releases.ts';
import type { AppFacts } from './types.ts';

/** Units of ops.yaml as it is today. */
export function unitsOf(app: AppConfig): readonly string[] {
  return app.services.map(service => service.unit);
}

/** The app's units that have a file of its own, and those that were on the host before ops and keep theirs. */
export function ownAndForeign({ services }: AppConfig): { own: readonly string[]; foreign: readonly string[] } {
  const units = (foreign: boolean) => services.filter(({ kind }) => (kind === 'existing') === foreign).map(({ unit }) => unit);
  return { own: units(false), foreign: units(true) };
}

/** Units of the release that serves: ops.yaml may have others by now. */
export function servingUnits(app: AppConfig, facts: AppFacts): readonly string[] {
  return currentRelease(facts)?.services ?? unitsOf(app);
}

/** Every one of these is where it should be, as far as the host told. */
export function areUp(units: readonly string[], facts: AppFacts): boolean {
  return units.every(unit => unitTrouble(unit, facts) === null);
}

/** In words, why a unit is not where it should be; null = it is. One that the host says nothing of is not. */
export function unitTrouble(name: string, { units, created }: AppFacts): string | null {
  const unit = units.find(candidate => candidate.unit === name);
  if (unit === undefined) return `nobody knows how ${name} is`;
  if (unit.load === 'not-found') return `${name} is not on this host`;
  // ops enables what it makes; the next reboot would leave this one out.
  if (unit.enabled === 'disabled' && created.includes(unit.fragment)) return `${name} is not enabled at boot`;
  // A oneshot service that ended well is not meant to go on.
  const ended = unit.type === 'oneshot' && unit.active === 'inactive' && unit.result === 'success';
  return unit.active === 'active' || ended ? null : `${name} is ${unit.active}`;
}
