import type { Door, ResumeRequest } from '../run/door.ts';
import type { UseCase } from '../run/use-case.ts';
import { askProbes, lookAtTree } from './closer.ts';
import { executeDeploy } from './execute/deploy.ts';
import { executeResume } from './execute/resume.ts';
import { executePrune, executeRollback } from './execute/rollback.ts';
import { explanations } from './explanations.ts';
import type { PreparedApp, PreparedDeploy } from './parts.ts';
import { type DeployRequest, prepareDeploy } from './prepare.ts';
import { type PreparedResume, prepareResume } from './resume.ts';
import { type PruneRequest, preparePrune, prepareRollback, type RollbackRequest } from './rollback.ts';

export const deploy: UseCase<DeployRequest, PreparedDeploy> = { prepare: prepareDeploy, execute: executeDeploy };

export const rollback: UseCase<RollbackRequest, PreparedApp> = { prepare: prepareRollback, execute: executeRollback };

export const prune: UseCase<PruneRequest, PreparedApp> = { prepare: preparePrune, execute: executePrune };

const resume: UseCase<ResumeRequest, PreparedResume> = {
  looksWhenEmpty: true,
  prepare: prepareResume,
  execute: executeResume,
};

export const door: Door = { explanations, resumes: { deploy: resume }, closer: { deep: lookAtTree, probe: askProbes } };
