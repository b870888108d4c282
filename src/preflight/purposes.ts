import type { AppConfig } from '../config/types.ts';
import { type AppsQuestion, appIn, apps } from '../host/facts/apps.ts';
import { hostRuns } from '../host/facts/host-runs.ts';
import type { AppFacts, HostFacts } from '../host/facts/types.ts';
import type { Purpose } from './purpose.ts';
import { areThemselves } from './verdict.ts';

/** What a capability adds to one of these. */
type Common<T> = Omit<Purpose<T>, 'name' | 'bars'>;

/** What purposes about one app have in common. Unless they compare it with what is to be, hosts need not send all of it. */
export function ofApp(app: AppConfig, more: Omit<AppsQuestion, 'apps'> = { knownManifests: ['*'] }): Common<AppFacts> {
  return {
    appOn: () => app,
    sections: (_host, fqdn) => [apps.ask({ apps: [app], fqdn, ...more }), hostRuns.ask()],
    needs: facts => appIn(facts, app),
    onlyWarns: [],
    adopts: false,
  };
}

/** Purposes that are about a host and none of its apps go on with all that it said. */
export const ofHost: Common<HostFacts> = {
  appOn: () => null,
  sections: () => [],
  needs: facts => facts,
  onlyWarns: [],
  adopts: false,
};

/** What failed or is unknown, as the mode has it. */
export const barredByAny: Purpose['bars'] = ({ exit }) => exit !== 'ok';

/** Nothing but who the hosts are: a full disk or a held lock is no reason not to look. */
export const barredByIdentity: Purpose['bars'] = ({ results }) => !areThemselves(results);

/** Looks, also at an installation that is not ours. */
export function reading(app: AppConfig): Purpose<AppFacts> {
  return { ...ofApp(app), name: 'read', onlyWarns: ['disk-full'], adopts: true, bars: barredByIdentity };
}
