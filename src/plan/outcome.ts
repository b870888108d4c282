import { EXIT_CODES, type ExitName } from '../errors.ts';
import type { Vantage } from '../preflight/result.ts';

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
 * What became of one host.
 * `unchanged` had it all already · `not-started` was never touched · `unverified` serves the new
 * release, but does not answer as it should from here · `put-back` had succeeded and went back because another host failed.
 */
export type HostResult =
  | 'deployed'
  | 'pruned'
  | 'unchanged'
  | 'not-started'
  | 'rolled-back'
  | 'put-back'
  | 'not-serving'
  | 'unverified'
  | 'verification-failed'
  | 'refused'
  | 'stale'
  | 'lock-held'
  | 'failed'
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
  /** Read back from the host afterwards; null = not read. */
  current: string | null;
  evidence: readonly Evidence[];
  /** ssh channels that ran a program, rsync included. */
  executions: number;
  seconds: number;
}

export interface Outcome {
  run: string;
  app: string;
  release: string | null;
  hosts: readonly HostOutcome[];
  exit: ExitName;
  receipt: string | null;
}

const EXIT_OF: Record<HostResult, ExitName> = {
  deployed: 'ok',
  pruned: 'ok',
  unchanged: 'ok',
  'not-started': 'ok',
  'rolled-back': 'rolled-back',
  'put-back': 'rolled-back',
  'not-serving': 'not-serving',
  'verification-failed': 'verification-failed',
  unverified: 'verification-failed',
  refused: 'refused',
  stale: 'refused',
  'lock-held': 'lock-held',
  failed: 'failed',
  unknown: 'unknown',
};

/** The gravest result speaks for the run: what nobody knows, then what does not serve, then what went back. */
const GRAVITY: readonly ExitName[] = [
  'unknown',
  'not-serving',
  'rolled-back',
  'verification-failed',
  'lock-held',
  'refused',
  'failed',
];

export function exitOf(hosts: readonly HostOutcome[]): ExitName {
  const exits = new Set(hosts.map(host => host.exit ?? EXIT_OF[host.result]));
  const worst = GRAVITY.find(exit => exits.has(exit)) ?? [...exits].find(exit => exit !== 'ok') ?? 'ok';
  const mixed = hosts.some(host => host.result === 'deployed') && worst !== 'ok';
  return mixed && worst !== 'unknown' ? 'partial' : worst;
}

export function exitCodeOf(exit: ExitName): number {
  return EXIT_CODES[exit].code;
}
