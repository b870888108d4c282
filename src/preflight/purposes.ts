import type { AppConfig } from '../config/types.ts';
import { appIn, apps } from '../host/facts/apps.ts';
import { hostRuns } from '../host/facts/host-runs.ts';
import type { AppFacts, HostFacts } from '../host/facts/types.ts';
import type { Purpose } from './purpose.ts';
import { areThemselves } from './verdict.ts';

/** What purposes about one app have in common. Unless they compare manifests, hosts need not send theirs. */
export function ofApp(
  app: AppConfig,
  knownManifests: readonly string[] = ['*'],
): Pick<Purpose<AppFacts>, 'appOn' | 'sections' | 'needs'> {
  return {
    appOn: () => app,
    sections: () => [apps.ask({ apps: [app], knownManifests }), hostRuns.ask()],
    needs: facts => appIn(facts, app),
  };
}

/** Purposes that are about a host and none of its apps go on with all that it said. */
export const ofHost: Pick<Purpose<HostFacts>, 'appOn' | 'sections' | 'needs'> = {
  appOn: () => null,
  sections: () => [],
  needs: facts => facts,
};

/** What failed or is unknown, as the mode has it. */
export const barredByAny: Purpose['bars'] = ({ exit }) => exit !== 'ok';

/** Nothing but who the hosts are: a full disk or a held lock is no reason not to look. */
export const barredByIdentity: Purpose['bars'] = ({ results }) => !areThemselves(results);

/** Looks, also at an installation that is not ours. */
export function reading(app: AppConfig): Purpose<AppFacts> {
  return { name: 'read', ...ofApp(app), onlyWarns: ['disk-full'], adopts: true, bars: barredByIdentity };
}
