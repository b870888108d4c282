import type { AppConfig, HostConfig } from '../config/types.ts';
import { type StartCall, startCall, transactionLimitMs } from '../deploy/execute/order.ts';
import { BugError, OpsError } from '../errors.ts';
import type { HostRunner } from '../exec/runner.ts';
import { formatPhase } from '../format.ts';
import type { Answer } from '../host/answer.ts';
import { parseRecord } from '../host/facts/runs.ts';
import { runProgram, transactionText } from '../host/host.ts';
import type { Evidence, HostOutcome, HostResult } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';

/** What the outcome is told besides the host's answer. */
export interface Told {
  host: HostConfig;
  app: AppConfig;
  run: string;
  executions: number;
  seconds: number;
  at: string;
}

/** Starts the transaction on the host and follows it to its end. When the connection dies, the transaction goes on. */
export async function activate(
  runner: HostRunner,
  call: StartCall,
  options: { onPhase: (phase: string) => void; plan: Plan },
): Promise<Answer> {
  const { params, data, blobs } = startCall(call);
  return runProgram(runner, {
    program: 'start',
    privilege: call.host.privilege,
    params,
    blobs: {
      program: transactionText({ privilege: call.host.privilege, ...data }, blobs),
      'plan.json': `${JSON.stringify(options.plan)}\n`,
    },
    deadlineMs: transactionLimitMs(call.app) + 60_000,
    mutates: true,
    onProgress: line => {
      const [kind, ...rest] = line.split(' ');
      if (kind === 'phase') options.onPhase(rest.join(' '));
    },
  });
}

const RESULTS: ReadonlySet<string> = new Set<HostResult>([
  'deployed',
  'pruned',
  'rolled-back',
  'not-serving',
  'verification-failed',
  'refused',
  'stale',
  'failed',
]);

/** The record is the outcome. Without one nothing is claimed: the run is unknown, or never began. */
export function outcomeOf(answer: Answer, told: Told): HostOutcome {
  const record = parseRecord(answer.all('record')) ?? {};
  const current = releaseOf(answer.get('current'));
  const base = { host: told.host.id, current, executions: told.executions, seconds: told.seconds };
  const claimed = record.outcome?.[0];
  const evidence = (record.evidence ?? []).map(line => evidenceOf(line, told));
  evidence.push({
    vantage: 'host',
    host: told.host.id,
    subject: 'current',
    claim: 'is',
    observed: current ?? 'none',
    at: told.at,
  });
  if (claimed !== undefined && RESULTS.has(claimed)) {
    const result = claimed as HostResult;
    const ok = result === 'deployed' || result === 'pruned';
    const reason = record.reason?.[0] || null;
    // Exit code and last line agree with the host as it was read again, not with what the record hoped for.
    const agrees = result !== 'deployed' || answer.get('current') === record.current?.[0];
    return {
      ...base,
      current: result === 'deployed' && agrees ? (record.release?.[0] ?? current) : current,
      result: agrees ? result : 'unknown',
      code: !agrees ? 'outcome-unknown' : ok ? null : (record.code?.[0] ?? result),
      message: !agrees ? 'current is not what the run recorded' : ok ? null : (reason ?? result),
      details: result === 'deployed' ? [] : (record.detail ?? []).filter(line => line !== reason),
      hints: ok ? [] : hintsFor(result, told),
      evidence,
    };
  }
  const error = answer.get('error');
  if (error === 'lock-held') return { ...base, ...lockHeld(answer, told), evidence };
  if (error !== undefined) {
    return { ...base, result: 'failed', code: error, message: answer.get('detail') ?? error, details: [], hints: [], evidence };
  }
  return unknownOutcome(told, `the run left no record; last seen: ${formatPhase(answer.get('phase') ?? 'unknown')}`, current);
}

export function unknownOutcome(told: Told, message: string, current: string | null = null): HostOutcome {
  return {
    host: told.host.id,
    result: 'unknown',
    code: 'outcome-unknown',
    message,
    details: [],
    hints: [`ops resume ${told.run}`],
    current,
    evidence: [],
    executions: told.executions,
    seconds: told.seconds,
  };
}

/** An error before the transaction started: nothing was changed. So a connection that went away leaves no doubt here. */
export function failedOutcome(told: Told, error: unknown): HostOutcome {
  const known = error instanceof OpsError ? error : new BugError(error instanceof Error ? error.message : String(error), error);
  if (known.code === 'outcome-unknown') {
    const hint = 'the same command again: it continues where this stopped';
    return failedOutcome(told, new OpsError('connection-lost', 'host-silent', known.message, { hint, details: known.details }));
  }
  return {
    host: told.host.id,
    result: 'failed',
    code: known.code,
    exit: known.exit,
    message: `${known.message}; nothing was changed`,
    details: [],
    hints: known.hints,
    current: null,
    evidence: [],
    executions: told.executions,
    seconds: told.seconds,
  };
}

/** `releases/ID` → ID; `-` → null. An adopted installation shows as the link it is. */
function releaseOf(link: string | undefined): string | null {
  if (link === undefined || link === '-' || link === '') return null;
  return link.replace(/^releases\//, '');
}

function hintsFor(result: HostResult, told: Told): string[] {
  if (result === 'stale') return [`ops deploy ${told.app.id}   (plans again)`];
  if (result === 'verification-failed') return [`ops deploy ${told.app.id} --full   (sends everything afresh)`];
  if (result === 'refused') return [];
  return [`ops logs ${told.app.id} --host ${told.host.id}`];
}

function lockHeld(answer: Answer, told: Told) {
  const holder = readHolder(answer);
  const since = holder.since ? `, since ${holder.since}` : '';
  return {
    result: 'lock-held' as const,
    code: 'lock-held',
    message: `${told.host.id} is being changed by ${holder.by}, ${holder.run}${since}: ${formatPhase(holder.phase)}`,
    details: [],
    hints: [`ops resume ${holder.run}   (to watch it)`, `ops deploy ${told.app.id} --wait 10m`],
  };
}

function readHolder(answer: Answer): { by: string; run: string; since: string; phase: string } {
  const fields = new Map(answer.all('holder').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const since = Number(fields.get('since'));
  return {
    by: fields.get('by') ?? 'someone',
    run: answer.get('holder_run') ?? 'unknown',
    since: Number.isFinite(since) && since > 0 ? new Date(since * 1000).toISOString() : '',
    phase: fields.get('phase') ?? 'running',
  };
}

function evidenceOf(line: string, told: Told): Evidence {
  const [subject = '', claim = '', observed = ''] = line.split('\t');
  return { vantage: 'host', host: told.host.id, subject, claim, observed, at: told.at };
}
