import type { Context } from '../context.ts';
import { BugError, OpsError } from '../errors.ts';
import { PreflightRefused } from '../preflight/refused.ts';
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

/** A host that could not be asked may be the one that knows the run: that is said once nobody else knows it either. */
export async function firstThatKnows(
  context: Context,
  request: ResumeRequest,
  asked: readonly Pick<Resume, 'prepare'>[],
): Promise<Prepared> {
  let refused: PreflightRefused | null = null;
  let unknown: OpsError | null = null;
  for (const { prepare } of asked) {
    try {
      return await prepare(context, request);
    } catch (error) {
      if (error instanceof PreflightRefused) refused ??= error;
      else if (error instanceof OpsError && error.code === 'run-unknown') unknown = error;
      else throw error;
    }
  }
  throw refused ?? unknown ?? new BugError('nobody was asked for a run');
}
