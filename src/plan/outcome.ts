import { EXIT_CODES, type ExitName } from '../errors.ts';
import type { Scope } from './plan.ts';

/** Where something was seen from. */
export type Vantage = 'operator' | 'host' | 'peer' | 'public';

/** A claim with what was seen, and from where. */
export interface Evidence {
  vantage: Vantage;
  host: string;
  subject: string;
  claim: string;
  observed: string;
  /** ISO time. */
  at: string;
}

/**
 * What became of one host, the same words for every capability; why, and what that means to it, hangs on the code.
 * `unchanged` had it all already · `not-started` was never touched · `reverted` changed and went back · `refused`, `stale`,
 * `lock-held` and `failed` changed nothing · `unproved` is changed, but does not answer as it should, or was to
 * go back and did not · `stuck` changed and could not be taken back · `unknown`: nobody saw how it ended.
 */
export type HostResult =
  | 'done'
  | 'unchanged'
  | 'not-started'
  | 'reverted'
  | 'refused'
  | 'stale'
  | 'lock-held'
  | 'unproved'
  | 'failed'
  | 'stuck'
  | 'unknown';

export interface HostOutcome {
  host: string;
  result: HostResult;
  /** Stable code of why, e.g. `unit-crash-loop`; null when there is nothing to explain. */
  code: string | null;
  /** Exit code of an error that says more than its result, e.g. host-not-ready for a full disk. */
  exit?: ExitName;
  /** One line for people. */
  message: string | null;
  /** Further lines: journal of the failing unit, the differing path. */
  details: readonly string[];
  hints: readonly string[];
  /** How the host is, read back from it afterwards, e.g. `current`; nothing = not read. */
  seen: Readonly<Record<string, string>>;
  evidence: readonly Evidence[];
  /** ssh channels that ran a program, rsync included. */
  executions: number;
  seconds: number;
}

export interface Outcome {
  run: string;
  scope: Scope;
  hosts: readonly HostOutcome[];
  exit: ExitName;
  receipt: string | null;
}

const EXIT_OF: Record<HostResult, ExitName> = {
  done: 'ok',
  unchanged: 'ok',
  'not-started': 'ok',
  reverted: 'rolled-back',
  refused: 'refused',
  stale: 'refused',
  'lock-held': 'lock-held',
  unproved: 'verification-failed',
  failed: 'failed',
  stuck: 'not-serving',
  unknown: 'unknown',
};

/** The gravest result speaks for the run: a bug in ops, what nobody knows, then what does not serve, then what went back. */
const GRAVITY: readonly ExitName[] = [
  'bug',
  'unknown',
  'not-serving',
  'rolled-back',
  'verification-failed',
  'lock-held',
  'refused',
  'failed',
];

/** What it was to bring stayed there, also where nobody can say that it is well. */
const STAYED: readonly HostResult[] = ['done', 'unproved'];

export function exitOf(hosts: readonly HostOutcome[]): ExitName {
  const exitsOf = (some: readonly HostOutcome[]) => new Set(some.map(host => host.exit ?? EXIT_OF[host.result]));
  const exits = exitsOf(hosts);
  const worst = GRAVITY.find(exit => exits.has(exit)) ?? [...exits].find(exit => exit !== 'ok') ?? 'ok';
  if (worst === 'ok' || worst === 'unknown' || worst === 'bug') return worst;
  const stayed = exitsOf(hosts.filter(({ result }) => STAYED.includes(result)));
  const others = exitsOf(hosts.filter(({ result }) => !STAYED.includes(result)));
  others.delete('ok');
  // Where all that stayed is of one kind and nobody else failed, that kind says it.
  return stayed.size > 1 || (stayed.size > 0 && others.size > 0) ? 'partial' : worst;
}

export function exitCodeOf(exit: ExitName): number {
  return EXIT_CODES[exit].code;
}
