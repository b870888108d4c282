import type { ResumeRequest } from '../../run/door.ts';
import type { UseCase } from '../../run/use-case.ts';
import { executeForget } from './execute.ts';
import { type ForgetRequest, type PreparedForget, prepareForget } from './prepare.ts';
import { executeResume, type PreparedResume, prepareResume } from './resume.ts';

export const forget: UseCase<ForgetRequest, PreparedForget> = { prepare: prepareForget, execute: executeForget };

export const resumeForget: UseCase<ResumeRequest, PreparedResume> = {
  looksWhenEmpty: true,
  prepare: prepareResume,
  execute: executeResume,
};
