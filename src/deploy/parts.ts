import type { AppFacts } from '../host/facts/types.ts';
import type { Part } from '../run/part.ts';
import type { Prepared } from '../run/use-case.ts';
import type { Contents } from './release/contents.ts';
import type { Difference } from './source/manifest.ts';
import type { Source } from './source/source.ts';
import type { DeployHostPlan, DeployPlan } from './steps.ts';

/** One host of an app. */
export interface AppPart extends Part<DeployHostPlan> {
  facts: AppFacts;
}

export type PreparedApp = Prepared<DeployPlan, AppPart>;

/** One that a new release is sent to. */
export interface UploadPart extends AppPart {
  contents: Contents;
  difference: Difference;
}

export interface PreparedDeploy extends Prepared<DeployPlan, UploadPart> {
  source: Source;
}
