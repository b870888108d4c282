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

/** ops put the file of this unit there for the app. */
export function isMadeByOps({ created }: AppFacts, unit: string): boolean {
  return created.some(path => path.endsWith(`/${unit}`));
}

/** Every one of these is where it should be, as far as the host told: one that it says nothing of is not. */
export function areUp(units: readonly string[], facts: AppFacts): boolean {
  return units.every(name => {
    const unit = facts.units.find(candidate => candidate.unit === name);
    if (unit === undefined || unit.load === 'not-found') return false;
    // ops enables what it makes; the next reboot would leave this one out.
    if (unit.enabled === 'disabled' && facts.created.includes(unit.fragment)) return false;
    // A oneshot service that ended well is not meant to go on.
    return unit.active === 'active' || (unit.type === 'oneshot' && unit.active === 'inactive' && unit.result === 'success');
  });
}
