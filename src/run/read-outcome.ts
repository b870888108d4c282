import { BugError, OpsError } from '../errors.ts';
import { isCode, isRunId, isText } from '../forms.ts';
import { type Answer, readFrom, refusalIn } from '../host/answer.ts';
import { cutAt, fitting } from '../host/facts/fitting.ts';
import { parseRecord, record as recordOf } from '../host/facts/runs.ts';
import { isoTime } from '../host/facts/time.ts';
import { formatPhase, RESULTS, resultCalled } from '../host/protocol.ts';
import type { Evidence, HostOutcome, HostResult } from '../plan/outcome.ts';
import { plainOutcome, type Told } from './part.ts';

/** `key value` lines of a record by key, in order. */
export type RunRecord = Readonly<Record<string, readonly string[]>>;

/**
 * The record is the outcome. Without one nothing is claimed: the run is unknown, or never began.
 * @throws OpsError answer-unreadable.
 */
export function readOutcome(answer: Answer, told: Told): { outcome: HostOutcome; record: RunRecord } {
  return readFrom(told.host, () => read(answer, told));
}

function read(answer: Answer, told: Told): { outcome: HostOutcome; record: RunRecord } {
  const record = parseRecord(answer.all('record')) ?? recordOf<string[]>();
  const seen = seenIn(answer.all('seen'));
  const base = { ...plainOutcome(told, 'unknown', seen), evidence: evidenceIn(record, seen, told) };
  const result = resultCalled(record.outcome?.[0] ?? '');
  const refusal = refusalIn(answer);
  if (isResult(result)) return { outcome: claimed(base, result, record, told.run), record };
  if (refusal?.code === 'lock-held') return { outcome: lockHeld(base, answer), record };
  if (refusal !== null) {
    const { code, detail } = refusal;
    return { outcome: { ...base, result: 'failed', code, message: detail ?? code }, record };
  }
  const phase = formatPhase(answer.get('phase') ?? 'unknown');
  return {
    outcome: { ...unknownOutcome(told, 'the run left no record', `last seen: ${phase}`), seen, evidence: base.evidence },
    record,
  };
}

function claimed(base: HostOutcome, result: HostResult, record: RunRecord, run: string): HostOutcome {
  const reason = record.reason?.[0] || null;
  const details = (record.detail ?? []).filter(line => line !== reason);
  const code = record.code?.[0] ?? '';
  if (result !== 'done') return { ...base, result, code: isCode(code) ? code : result, message: reason ?? result, details };
  // Exit code and last line agree with the host as it was looked at again, not with what the record hoped for. A key with a
  // dot is a line of a list: it is told, and may have gone since.
  const recorded = Object.entries(seenIn(record.seen ?? [])).filter(([key]) => !key.includes('.'));
  const differs = recorded.find(([key, value]) => base.seen[key] !== value);
  if (differs === undefined) return { ...base, result, details };
  return {
    ...base,
    code: 'outcome-unknown',
    message: `${differs[0]} is not what the run recorded`,
    hints: [`ops resume ${run}`],
  };
}

/** What holds all the same stands in the first line: the others are what a program printed. */
function unknownOutcome(told: Told, why: string, allTheSame: string): HostOutcome {
  const message = why.replace(/$/m, () => `; ${allTheSame}`);
  return { ...plainOutcome(told, 'unknown'), code: 'outcome-unknown', message, hints: [`ops resume ${told.run}`] };
}

/** Whatever ended our part of it. An error that nobody foresaw is a bug of ours: it says nothing of the host. */
export function outcomeOfError(told: Told, error: unknown, allTheSame: string): HostOutcome {
  if (error instanceof OpsError && !(error instanceof BugError)) return unknownOutcome(told, error.message, allTheSame);
  const { message, stack = '' } = error instanceof Error ? error : new BugError(String(error));
  const outcome = unknownOutcome(told, `a bug in ops: ${message}`, allTheSame);
  const hints = [...outcome.hints, 'please report it with the output of the command'];
  return { ...outcome, code: 'bug', exit: 'bug', details: stack.split('\n').slice(1), hints };
}

function isResult(word: string): word is HostResult {
  return (RESULTS as readonly string[]).includes(word);
}

function lockHeld(base: HostOutcome, answer: Answer): HostOutcome {
  // Between being refused the lock and looking who has it, its holder ended.
  if (answer.get('holder_run') === 'unknown') {
    const message = `${base.host} was being changed by another run, which has ended since`;
    return { ...base, result: 'lock-held', code: 'lock-held', message };
  }
  const fields = pairsIn(answer.all('holder'), '=');
  const seconds = Number(fields.since);
  const since = seconds > 0 ? isoTime(seconds) : null;
  const begun = since === null ? '' : `, since ${since}`;
  const run = fitting(isRunId, answer.get('holder_run'));
  const phase = formatPhase(fields.phase ?? 'running');
  return {
    ...base,
    result: 'lock-held',
    code: 'lock-held',
    message: `${base.host} is being changed by ${fields.by ?? 'someone'}, ${run ?? 'unknown'}${begun}: ${phase}`,
    hints: [run === null ? 'ops status' : `ops resume ${run}   (to watch it)`],
  };
}

/** `key value` lines of what a host looks like. It is told what is made of them. */
function seenIn(lines: readonly string[]): Record<string, string> {
  return pairsIn(lines, ' ');
}

function pairsIn(lines: readonly string[], by: string): Record<string, string> {
  const pairs = recordOf<string>();
  for (const line of lines) {
    const [key, value] = cutAt(line, by);
    if (/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(key) && isText(value)) pairs[key] = value;
  }
  return pairs;
}

function evidenceIn(record: RunRecord, seen: Readonly<Record<string, string>>, { host, at }: Told): Evidence[] {
  const claims = (record.evidence ?? []).map(line => {
    const [subject = '', claim = '', observed = ''] = line.split('\t');
    return { vantage: 'host' as const, host, subject, claim, observed, at };
  });
  const states = Object.entries(seen).map(([subject, observed]) => {
    return { vantage: 'host' as const, host, subject, claim: 'is', observed, at };
  });
  return [...claims, ...states];
}
