import type { DeployPlan } from '../../deploy/steps.ts';
import type { Outcome } from '../../plan/outcome.ts';
import { activeHosts } from '../../plan/plan.ts';
import { hostRow, OWN_ROWS } from '../../run/rows.ts';
import type { Voice } from '../voice.ts';
import { renderOutcome } from './outcome.ts';
import { renderNothing, renderPlan } from './plan.ts';

const [upload, operator] = OWN_ROWS;

const QUESTIONS: Readonly<Record<string, string>> = {
  deploy: 'Deploy to',
  rollback: 'Roll back',
  resume: 'Resume on',
  prune: 'Remove old releases on',
};

export const deployVoice: Voice<DeployPlan> = {
  question: plan =>
    `${QUESTIONS[plan.command]} ${activeHosts(plan)
      .map(({ host }) => host)
      .join(', ')}?`,
  rows: ({ hosts }) => [upload, ...hosts.map(({ host }) => hostRow(host)), operator],
  plan: renderPlan,
  nothing: renderNothing,
  outcome: renderOutcome,
  document: deployDocument,
};

function deployDocument(_: Outcome, { hosts, release }: DeployPlan): object {
  return { app: hosts[0]?.app ?? null, release: release?.id ?? null };
}
