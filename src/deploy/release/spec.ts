import type { ReleaseFacts } from '../../host/facts/types.ts';
import { decodeWord, encodeWord } from '../../host/words.ts';
import { type DeployHostPlan, type ProbeStep, type StepOf, stepOf, stepsOf } from '../steps.ts';

/** Whom it is asked by: `ask` waits for an operator. */
const WORD_OF = { host: 'probe', operator: 'ask' } as const;

type Described = Pick<DeployHostPlan, 'user' | 'steps'>;

/**
 * How a release runs and what proves it: kept with it on the host, so that going back needs nothing from here, and so that a
 * plan sees whether the same would be asked of it today.
 */
export function specOf(host: Described): string {
  const stable = stepOf(host, 'stable');
  const probes = stepsOf(host, 'probe');
  return [
    `user ${host.user}`,
    `stable_ms ${windowOf(host)}`,
    `start_ms ${stable?.startMs ?? 60_000}`,
    ...stepsOf(host, 'restart').map(({ unit, origin }) => `service ${origin} ${unit}`),
    ...stepsOf(host, 'check').map(({ command }) => `check ${command.map(encodeWord).join(' ')}`),
    ...probes.map(probeLine),
    '',
  ].join('\n');
}

export function windowOf(host: Described): string {
  return String(stepOf(host, 'stable')?.ms ?? 'auto');
}

function probeLine(probe: ProbeStep): string {
  const { id, type, target, status, contains, attempts, intervalMs, timeoutMs, port, through, names } = probe;
  const words = [id, type, encodeWord(target), status.join(',') || '-', encodeWord(contains ?? '')];
  return [
    WORD_OF[probe.from],
    ...words,
    attempts,
    intervalMs,
    timeoutMs,
    port ?? '-',
    through ?? '-',
    names ? 'named' : '-',
  ].join(' ');
}

/** What proves a release that a host has: the other way round. */
export function probesOf({ probes }: Pick<ReleaseFacts, 'probes'>): StepOf<'probe'>[] {
  return probes.map(line => {
    const [
      word,
      id = '',
      type,
      target = '',
      status = '-',
      contains = '-',
      attempts,
      intervalMs,
      timeoutMs,
      port,
      through,
      names,
    ] = line.split(' ');
    return {
      kind: 'probe',
      id,
      type: type === 'tcp' ? 'tcp' : 'http',
      from: word === WORD_OF.operator ? 'operator' : 'host',
      target: decodeWord(target),
      status: status === '-' ? [] : status.split(',').map(Number),
      contains: decodeWord(contains) || null,
      names: names === 'named',
      port: Number(port) || null,
      through: through === undefined || through === '-' ? null : through,
      attempts: Number(attempts),
      intervalMs: Number(intervalMs),
      timeoutMs: Number(timeoutMs),
      undo: 'only reads',
    };
  });
}

/** Of these, those that only an operator can ask. */
export function questionsOf(release: Pick<ReleaseFacts, 'probes'> | null): StepOf<'probe'>[] {
  return release === null ? [] : probesOf(release).filter(({ from }) => from === 'operator');
}
