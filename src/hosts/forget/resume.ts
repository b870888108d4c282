import { type Context, createRunId } from '../../context.ts';
import { isAppId } from '../../forms.ts';
import { hostRuns } from '../../host/facts/host-runs.ts';
import type { HostRuns, RunFacts } from '../../host/facts/types.ts';
import type { HostOutcome } from '../../plan/outcome.ts';
import { findHosts } from '../../preflight/index.ts';
import type { Purpose } from '../../preflight/purpose.ts';
import { barredByIdentity, ofHost } from '../../preflight/purposes.ts';
import { attach, recall } from '../../run/attach.ts';
import type { ResumeRequest } from '../../run/door.ts';
import { type Found, findRun, unknownRun } from '../../run/find.ts';
import { describeOverrides, hostPlanOf } from '../../run/host-plan.ts';
import { openHosts } from '../../run/open.ts';
import { begin, ended, outcomeOf, type Part, plainOutcome, toldOf } from '../../run/part.ts';
import { readReceiptPlan } from '../../run/receipt.ts';
import { transact } from '../../run/transact.ts';
import type { Prepared } from '../../run/use-case.ts';
import { FORGET } from './capability.ts';
import { forgetPins } from './execute.ts';
import { forgetOrder } from './order.ts';
import { planForget } from './plan.ts';
import { listBelongings } from './prepare.ts';
import type { ForgetHostPlan, ForgetPlan } from './steps.ts';

interface FoundPart extends Part<ForgetHostPlan> {
  found: Found & { run: RunFacts };
}

export type PreparedResume = Prepared<ForgetPlan, FoundPart>;

const finding: Purpose<HostRuns> = {
  ...ofHost,
  name: 'read',
  sections: () => [hostRuns.ask()],
  needs: facts => hostRuns.of(facts),
  bars: barredByIdentity,
};

/** Where a forget was cut off, what is left is listed anew: that is what is agreed to. */
export async function prepareResume(context: Context, { run }: ResumeRequest): Promise<PreparedResume> {
  const receipt = run === null ? null : await readReceiptPlan(context.stateDir, run);
  const ids = receipt?.hosts.map(({ host }) => host) ?? Object.keys(context.config.hosts);
  const open = await openHosts(context, findHosts(context, ids), finding);
  try {
    const hosts = await Promise.all(
      open.hosts.map(async ({ facts: { lock, last }, ...item }) => {
        const found = await findRun(FORGET, item, { lock, lastRun: last, uploads: [] }, {}, run);
        const { only = '', trees = '' } = found.run?.about ?? {};
        const wanted = { only: only || null, trees: trees !== '' };
        const belongings = found.kind === 'half-way' ? await listBelongings(item, wanted) : [];
        return { ...item, found, planned: { ...hostPlanOf(item.host, item.session), ...wanted, belongings } };
      }),
    );
    // An app of another form was never one: what is to go would be another thing than what the run was about.
    const known = hosts.filter(
      ({ found: { run }, planned: { only } }) => run?.mode === 'forget' && (only === null || isAppId(only)),
    );
    if (known.length === 0) throw unknownRun(ids.join(', '), run);
    const plan = planForget({
      command: 'resume',
      config: context.config,
      run: createRunId(),
      overrides: describeOverrides(context),
      hosts: known.map(({ planned }) => planned),
    });
    const parts = plan.hosts.map(each => {
      const { host, session, found } = known.find(item => item.host.id === each.host)!;
      return { host, session, found: found as FoundPart['found'], plan: each, started: 0, outcome: null };
    });
    return { plan, preflight: open.preflight, parts, close: () => open.close() };
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** Watches one that is alive, tells how one ended, and finishes what was cut off. */
export async function executeResume(context: Context, { plan, parts }: PreparedResume): Promise<readonly HostOutcome[]> {
  const begun = begin(context, plan.run, parts);
  const resumed = await Promise.all(begun.map(part => resumeHost(context, plan, part)));
  await forgetPins(context, resumed);
  return resumed.map(outcomeOf);
}

async function resumeHost(context: Context, plan: ForgetPlan, part: FoundPart): Promise<FoundPart> {
  const { found } = part;
  switch (found.kind) {
    case 'alive':
    case 'ended':
      return attach(context, FORGET, part, found.run);
    case 'older':
      return recall(context, part, found.run, null);
    case 'half-way':
      // Cut off after its last removal: nothing is left to do.
      if (part.plan.steps.length === 0)
        return ended(part, { ...plainOutcome(toldOf(context, plan.run, part), 'done'), seen: { left: '0' } });
      return transact(context, { capability: FORGET, plan }, part, forgetOrder(part.plan));
    case 'nothing-changed':
      return ended(part, plainOutcome(toldOf(context, plan.run, part), 'not-started'));
  }
}
