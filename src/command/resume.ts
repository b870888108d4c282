import type { Context } from '../context.ts';
import { BugError, OpsError } from '../errors.ts';
import type { ResumeRequest } from '../run/door.ts';
import { readReceiptPlan } from '../run/receipt.ts';
import type { Prepared, UseCase } from '../run/use-case.ts';
import { CAPABILITIES } from './capabilities.ts';

type Resume = UseCase<ResumeRequest>;

/** By the capability that plans and receipts name. */
const RESUMES: ReadonlyMap<string, Resume> = new Map(CAPABILITIES.flatMap(({ resumes = {} }) => Object.entries(resumes)));

/** `ops resume`: the receipt here says whose run it is; without one each capability is asked whether it knows it. */
export const resume: Resume = {
  looksWhenEmpty: true,
  async prepare(context, request) {
    const receipt = request.run === null ? null : await readReceiptPlan(context.stateDir, request.run);
    const named = receipt === null ? undefined : RESUMES.get(receipt.capability);
    const asked = request.run === null ? [resumeOf('deploy')] : [...RESUMES.values()];
    return firstThatKnows(context, request, named ? [named] : asked);
  },
  execute: (context, prepared) => resumeOf(prepared.plan.capability).execute(context, prepared),
};

function resumeOf(capability: string): Resume {
  const found = RESUMES.get(capability);
  if (found === undefined) throw new BugError(`nobody resumes a run of ${capability}`);
  return found;
}

async function firstThatKnows(
  context: Context,
  request: ResumeRequest,
  [first, ...others]: readonly Resume[],
): Promise<Prepared> {
  try {
    return await first!.prepare(context, request);
  } catch (error) {
    if (!(error instanceof OpsError) || error.code !== 'run-unknown' || others.length === 0) throw error;
    return firstThatKnows(context, request, others);
  }
}
