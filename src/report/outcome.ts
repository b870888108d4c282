import { EXIT_CODES } from '../errors.ts';
import type { HostOutcome, Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { sanitizeLine } from './sanitize.ts';

/** The same for machines: the first thing that went wrong speaks as the error. */
export function documentOf(outcome: Outcome): object {
  const failed = outcome.hosts.find(host => host.code !== null);
  const error = failed ? { error: { code: failed.code, message: failed.message, hints: failed.hints } } : {};
  const hosts = outcome.hosts.map(({ evidence: _, ...host }) => host);
  const evidence = outcome.hosts.flatMap(host => host.evidence);
  const { run, app, release, exit, receipt } = outcome;
  return { run, app, release, exit: EXIT_CODES[exit].code, ...error, hosts, evidence, receipt };
}

/** The last word of a run: what failed with its evidence, then one line that tells the truth. */
export function renderOutcome(outcome: Outcome, plan: Plan): string[] {
  const lines = outcome.hosts.flatMap(host => renderFailure(host));
  return [...lines, lastLine(outcome, plan)];
}

function renderFailure(host: HostOutcome): string[] {
  if (host.message === null && host.details.length === 0) return [];
  return [
    `  ${host.host}  ${sanitizeLine(host.message ?? host.result)}${host.code === null ? '' : ` (${host.code})`}`,
    ...host.details.map(line => `      ${sanitizeLine(line)}`),
    ...host.hints.map(hint => `      → ${sanitizeLine(hint)}`),
  ];
}

function lastLine(outcome: Outcome, plan: Plan): string {
  const { exit, run, hosts } = outcome;
  const where = (results: readonly HostOutcome[]) => results.map(host => host.host).join(', ');
  const changed = hosts.filter(host => host.result === 'deployed');
  const receipt = outcome.receipt ? ` Receipt ${run}` : '';
  const code = EXIT_CODES[exit].code;
  if (exit === 'ok') {
    if (plan.command === 'prune') return `Pruned ${outcome.app} on ${where(hosts)}.${receipt}`;
    if (plan.command === 'resume')
      return `${hosts.map(host => `${host.host} serves ${host.current ?? 'nothing'}`).join('; ')}: nothing is unfinished.${receipt}`;
    if (changed.length === 0)
      return `Nothing to do: ${where(hosts)} already ${hosts.length > 1 ? 'serve' : 'serves'} ${hosts[0]?.current ?? 'it'}.`;
    if (plan.command === 'rollback') {
      return `Rolled ${outcome.app} back to ${[...new Set(plan.hosts.map(host => host.release))].join(', ')} on ${where(changed)}.${receipt}`;
    }
    const before = plan.hosts.every(({ backTo, steps }) => backTo !== null || steps.length === 0);
    const undo = before ? ` · undo: ops rollback ${outcome.app}` : '';
    return `Deployed ${outcome.release} to ${where(changed)}.${receipt}${undo}`;
  }
  return `${hosts.map(sentence).join('; ')}.${receipt} · exit ${code}`;
}

function sentence(host: HostOutcome): string {
  const at = host.current ?? 'nothing';
  switch (host.result) {
    case 'deployed':
      return `${host.host} serves ${at}`;
    case 'pruned':
      return `${host.host} keeps what it needs`;
    case 'unchanged':
      return `${host.host} had nothing to do`;
    case 'not-started':
      return `${host.host} was not touched`;
    case 'rolled-back':
      return `${host.host} failed and is back on ${at}`;
    case 'put-back':
      return `${host.host} was put back on ${at}`;
    case 'not-serving':
      return `${host.host} failed and serves no proven release`;
    case 'unverified':
      return `${host.host} serves ${at}, which does not answer as it should from here`;
    case 'verification-failed':
      return `${host.host} was not changed: what arrived is not what was sent`;
    case 'refused':
      return `${host.host} was not changed: ${host.code === 'stopped' ? 'stopped before the swap' : 'the release was refused'}`;
    case 'stale':
      return `${host.host} was not changed: it is no longer as the plan saw it`;
    case 'lock-held':
      return `${host.host} was not changed: another run holds the lock`;
    case 'failed':
      return `${host.host} was not changed`;
    case 'unknown':
      return `${host.host}: outcome unknown, ops resume tells`;
  }
}
