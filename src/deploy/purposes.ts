import type { AppConfig } from '../config/types.ts';
import type { AppsQuestion } from '../host/facts/apps.ts';
import type { AppFacts } from '../host/facts/types.ts';
import type { Purpose } from '../preflight/purpose.ts';
import { barredByAny, ofApp, reading } from '../preflight/purposes.ts';

/** A new release, compared with what is there. Hosts do not send manifests whose digests are known here. */
export function deploying(app: AppConfig, adopts: boolean, compared: Omit<AppsQuestion, 'apps'>): Purpose<AppFacts> {
  return { ...ofApp(app, compared), name: 'deploy', adopts, bars: barredByAny };
}

/** Our files beside the tree as they are, and as each release keeps them. */
function keptToo(texts: boolean): Omit<AppsQuestion, 'apps'> {
  return { knownManifests: ['*'], ours: texts ? 'texts' : 'names', kept: true };
}

/** What was cut off is finished, or taken back. */
export function finishing(app: AppConfig, texts: boolean): Purpose<AppFacts> {
  return { ...reading(app), ...ofApp(app, keptToo(texts)) };
}

/** Back to a release that is there, or making room: nothing is sent, and what ops.yaml says of services today does not run. */
export function goingBack(app: AppConfig, texts = false): Purpose<AppFacts> {
  return {
    ...ofApp(app, keptToo(texts)),
    name: 'go-back',
    onlyWarns: ['disk-full', 'unit-foreign', 'program-missing', 'name-unresolved', 'shared-unwritable'],
    bars: barredByAny,
  };
}
