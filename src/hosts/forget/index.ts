import type { UseCase } from '../../run/use-case.ts';
import { executeForget } from './execute.ts';
import { type ForgetRequest, type PreparedForget, prepareForget } from './prepare.ts';

export const forget: UseCase<ForgetRequest, PreparedForget> = { prepare: prepareForget, execute: executeForget };
