import type { AppConfig } from '../config/types.ts';
import type { AppFacts } from './facts.ts';

/** Every service of the app is where it should be, as far as the host told: one that it says nothing of is not. */
export function servicesAreUp(app: AppConfig, facts: AppFacts): boolean {
  return app.services.every(service => {
    const unit = facts.units.find(candidate => candidate.unit === service.unit);
    if (unit === undefined) return false;
    // A oneshot service that ended well is not meant to go on.
    return unit.active === 'active' || (unit.type === 'oneshot' && unit.active === 'inactive' && unit.result === 'success');
  });
}
