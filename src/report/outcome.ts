import { EXIT_CODES } from '../errors.ts';
import type { HostOutcome, Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Voice } from './voice.ts';

/** An outcome for machines: the first thing that went wrong speaks as the error. */
export function documentOf(outcome: Outcome, plan: Plan, voice: Voice): object {
  const failed = outcome.hosts.find(host => host.code !== null && host.message !== null);
  const error = failed ? { error: { code: failed.code, message: failed.message, hints: failed.hints } } : {};
  const hosts = outcome.hosts.map(({ evidence: _, ...host }) => host);
  const evidence = outcome.hosts.flatMap(host => host.evidence);
  const { run, scope, exit, receipt } = outcome;
  const more = voice.document(outcome, plan);
  return { run, scope, ...more, exit: EXIT_CODES[exit].code, ...error, hosts, evidence, receipt };
}

/** What went wrong on each host, with what was seen and how to go on. */
export function renderFailures({ hosts }: Outcome): string[] {
  return hosts.flatMap(host => {
    if (host.message === null) return [];
    const [message = '', ...more] = host.message.split('\n');
    return [
      `  ${host.host}  ${sanitizeLine(message)}${host.code === null ? '' : ` (${host.code})`}`,
      ...more.map(line => `      ${sanitizeLine(line)}`),
      ...host.details.map(line => `      ${sanitizeLine(line)}`),
      ...host.hints.map(hint => `      → ${sanitizeLine(hint)}`),
    ];
  });
}

/** The one line of a run that did not go well everywhere: a sentence a host, and the exit code. */
export function renderEnd({ hosts, run, receipt, exit }: Outcome, sentence: (host: HostOutcome) => string): string {
  return `${hosts.map(sentence).join('; ')}.${receipt ? ` Receipt ${run}` : ''} · exit ${EXIT_CODES[exit].code}`;
}

/** What results mean that are the same for every capability. */
export function plainSentence({ host, result, code }: HostOutcome): string {
  switch (result) {
    case 'unchanged':
      return `${host} had nothing to do`;
    case 'not-started':
      return `${host} was not touched`;
    case 'stale':
      return `${host} was not changed: it is no longer as the plan saw it`;
    case 'lock-held':
      return `${host} was not changed: another run holds the lock`;
    case 'refused':
      return `${host} was not changed${code === 'stopped' ? ': stopped before anything was' : ''}`;
    case 'unknown':
      return `${host}: outcome unknown, ops resume tells`;
    case 'failed':
      return `${host} was not changed`;
    default:
      return `${host}: ${result}`;
  }
}
