import type { Context } from '../context.ts';
import { resume as resumeDeploy } from '../deploy/index.ts';
import { OpsError } from '../errors.ts';
import { readReceiptPlan } from '../run/receipt.ts';
import type { Prepared, UseCase } from '../run/use-case.ts';

interface Request {
  /** null = the last run of the only app. */
  run: string | null;
}

/** Who can find a run again: one line a capability, by the name that its plans carry. */
const RESUMES: Readonly<Record<string, UseCase<Request>>> = { deploy: resumeDeploy };

/** `ops resume`: the receipt here says whose run it is; without one each capability is asked whether it knows it. */
export const resume: UseCase<Request> = {
  looksWhenEmpty: true,
  async prepare(context, request) {
    const receipt = request.run === null ? null : await readReceiptPlan(context.stateDir, request.run);
    const named = receipt && RESUMES[receipt.capability];
    return firstThatKnows(context, request, named ? [named] : Object.values(RESUMES));
  },
  execute: (context, prepared) => RESUMES[prepared.plan.capability]!.execute(context, prepared),
};

async function firstThatKnows(context: Context, request: Request, resumes: readonly UseCase<Request>[]): Promise<Prepared> {
  const [first, ...others] = resumes;
  try {
    return await first!.prepare(context, request);
  } catch (error) {
    const unknown = error instanceof OpsError && error.code === 'run-unknown' && request.run !== null;
    if (!unknown || others.length === 0) throw error;
    return firstThatKnows(context, request, others);
  }
}
