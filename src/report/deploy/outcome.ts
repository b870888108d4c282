import type { DeployPlan } from '../../deploy/steps.ts';
import type { HostOutcome, Outcome } from '../../plan/outcome.ts';
import { plainSentence, renderEnd, renderFailures } from '../outcome.ts';

/** The last word of a run: what failed with its evidence, then one line that tells the truth. */
export function renderOutcome(outcome: Outcome, plan: DeployPlan): string[] {
  const end = outcome.exit === 'ok' ? wellDone(outcome, plan) : renderEnd(outcome, host => sentence(host, plan));
  return [...renderFailures(outcome), end];
}

function wellDone({ hosts, run, receipt }: Outcome, plan: DeployPlan): string {
  const written = receipt ? ` Receipt ${run}` : '';
  const changed = namesOf(hosts.filter(host => host.result === 'done'));
  const app = plan.hosts[0]?.app;
  switch (plan.command) {
    case 'prune':
      return `Pruned ${app} on ${namesOf(hosts)}.${written}`;
    case 'resume':
      return `${describeResumed(hosts)}${written}`;
    case 'rollback':
      return `Rolled ${app} back to ${[...new Set(plan.hosts.map(host => host.release))].join(', ')} on ${changed}.${written}`;
    default: {
      const before = plan.hosts.every(({ backTo, steps }) => backTo !== null || steps.length === 0);
      return `Deployed ${plan.release?.id} to ${changed}.${written}${before ? ` · undo: ops rollback ${app}${onlyChanged(hosts, plan)}` : ''}`;
    }
  }
}

function describeResumed(hosts: readonly HostOutcome[]): string {
  const serve = hosts.map(({ host, seen }) => `${host} serves ${seen.release ?? 'nothing'}`).join('; ');
  if (hosts.every(({ result }) => result === 'not-started')) return `Nothing to resume: ${serve}.`;
  const unproven = hosts.filter(({ result, seen }) => result === 'done' && seen.state === 'active');
  return `${serve}: ${unproven.length > 0 ? `not proven yet on ${namesOf(unproven)}` : 'nothing is unfinished'}.`;
}

/** A host that had the release already, or was not asked for, is not to be rolled back with the others. */
function onlyChanged(hosts: readonly HostOutcome[], { everywhere }: DeployPlan): string {
  if (everywhere && hosts.every(({ result }) => result === 'done')) return '';
  return hosts
    .filter(({ result }) => result === 'done')
    .map(({ host }) => ` --host ${host}`)
    .join('');
}

function namesOf(hosts: readonly HostOutcome[]): string {
  return hosts.map(host => host.host).join(', ');
}

function sentence(outcome: HostOutcome, plan: DeployPlan): string {
  const { host, result, code } = outcome;
  const at = outcome.seen.release ?? 'nothing';
  switch (result) {
    case 'done':
      return plan.command === 'prune' ? `${host} keeps what it needs` : `${host} serves ${at}`;
    case 'reverted':
      return code === 'put-back' ? `${host} was put back on ${at}` : `${host} failed and is back on ${at}`;
    case 'stuck':
      if (code === 'prune-unfinished') return `${host} still has releases that were to go`;
      return `${host} failed and serves no proven release`;
    case 'unproved':
      if (code === 'unproved') return `${host} has ${at} as its current release, and nobody can say that it is what runs`;
      return `${host} serves ${at}${code === 'operator-probe' ? ', which does not answer as it should from here' : ', and was not put back'}`;
    case 'refused':
      return `${host} was not changed: ${code === 'stopped' ? 'stopped before the swap' : 'the release was refused'}`;
    case 'failed':
      return `${plainSentence(outcome)}${/-mismatch$/.test(code ?? '') ? ': what arrived is not what was sent' : ''}`;
    default:
      return plainSentence(outcome);
  }
}
