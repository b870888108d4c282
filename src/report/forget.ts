import { quoteCommand } from '../exec/quote.ts';
import { plural } from '../format.ts';
import { asOwner } from '../host/as-root.ts';
import { type ForgetHostPlan, type ForgetPlan, leftOn } from '../hosts/forget/steps.ts';
import type { Outcome } from '../plan/outcome.ts';
import { hostRow } from '../run/rows.ts';
import { sanitizeLine } from '../sanitize.ts';
import { plainSentence, renderEnd, renderFailures } from './outcome.ts';
import type { Voice } from './voice.ts';

export const forgetVoice: Voice<ForgetPlan> = {
  question: ({ hosts }) => `Stop and remove these on ${hosts.map(({ host }) => host).join(', ')}?`,
  rows: ({ hosts }) => hosts.map(({ host }) => hostRow(host)),
  plan: ({ hosts }) =>
    hosts.flatMap(({ host, steps }) => [
      `${plural(steps.length, 'thing')} of ours on ${host}`,
      ...steps.map(({ what, path }) => `  ${what.padEnd(8)}  ${sanitizeLine(path)}`),
    ]),
  nothing: ({ command, hosts }) =>
    hosts.map(({ host, only }) =>
      command === 'resume' ? `Nothing to resume on ${host}.` : `Nothing of ${only ?? 'ours'} is on ${host}.`,
    ),
  outcome: renderOutcome,
  document: forgetDocument,
};

/** What was seen there afterwards. */
function renderOutcome(outcome: Outcome, plan: ForgetPlan): string[] {
  if (outcome.exit !== 'ok') {
    const end = renderEnd(outcome, host => (host.result === 'stuck' ? `${host.host} still has some of it` : plainSentence(host)));
    return [...renderFailures(outcome), end];
  }
  const receipt = outcome.receipt ? ` Receipt ${outcome.run}` : '';
  return outcome.hosts.flatMap(({ host, seen }) => {
    const whose = plan.hosts.find(each => each.host === host)?.only ?? 'ours';
    const { stays } = leftOn(seen);
    if (stays.length === 0) return [`Nothing of ${whose} is left on ${host}.${receipt}`];
    return [
      `Nothing of ${whose} is left on ${host} but the trees, which stay:`,
      ...stays.map(path => `  ${sanitizeLine(path)}`),
      ...removalOf(stays, plan.hosts.find(each => each.host === host)!),
      ...(receipt === '' ? [] : [receipt.trim()]),
    ];
  });
}

/** Releases can go; what they share is data, and `current` may be a link that was there before ops. */
function removalOf(stays: readonly string[], host: ForgetHostPlan): string[] {
  const releases = stays.filter(path => path.endsWith('/releases'));
  const remove = sanitizeLine(quoteCommand(['rm', '-rf', ...releases]));
  return releases.length === 0 ? [] : [`  → once nothing runs from them, ${asOwner(host, remove)}`];
}

function forgetDocument({ hosts }: Outcome, { hosts: plans }: ForgetPlan): object {
  const found = hosts.map(({ seen }) => leftOn(seen));
  const belongings = plans.flatMap(({ steps }) => steps.map(({ what, path }) => ({ kind: what, path })));
  return { belongings, left: found.flatMap(({ left }) => left), stays: found.flatMap(({ stays }) => stays) };
}
