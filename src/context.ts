import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config, HostConfig, PreflightMode } from './config/types.ts';
import type { Runner } from './exec/runner.ts';
import type { Redactor } from './redact.ts';

/** What happens while a use-case works. Data only: report/ decides how it looks. */
export type OpsEvent =
  /** A row of the progress list: begins, says what it waits for, ends. */
  | { type: 'row'; row: string; state: 'start' | 'progress' | 'done' | 'failed'; text: string }
  | { type: 'note'; text: string }
  /** Nothing to report yet, only whom one waits for. */
  | { type: 'waiting'; text: string };

/** What a use-case may touch. It knows no flags and no terminal. */
export interface Context {
  config: Config;
  runner: Runner;
  env: Readonly<Record<string, string | undefined>>;
  preflightMode: PreflightMode;
  via: string | null;
  /** `--pin-new`: pins those that have no pin yet, before they are asked anything. */
  pinNew: ((hosts: readonly HostConfig[]) => Promise<void>) | null;
  stateDir: string;
  cacheDir: string;
  signal: AbortSignal;
  /** Learns the values of secrets before they are used, so that they never show. */
  redactor: Redactor;
  now(): number;
  emit(event: OpsEvent): void;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `r-7F3K9Q`: 30 random bits in letters that read aloud. */
export function createRunId(): string {
  const bytes = randomBytes(6);
  return `r-${[...bytes].map(byte => ALPHABET[byte % 32]).join('')}`;
}

/** Receipts live here: OPS_STATE_DIR, else the XDG state folder. A variable that is empty counts as not set. */
export function stateDirOf(env: Context['env']): string {
  return env.OPS_STATE_DIR || join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'ops');
}

export function cacheDirOf(env: Context['env']): string {
  return env.OPS_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ops');
}
