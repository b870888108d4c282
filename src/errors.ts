/** The one table of exit codes: `ops help exit-codes`, the README and the tests all read it from here. */
export const EXIT_CODES = {
  ok: { code: 0, means: 'ok' },
  failed: { code: 1, means: 'failed' },
  usage: { code: 2, means: 'usage or config error' },
  changes: { code: 3, means: 'changes found (--check)' },
  'tailscale-missing': { code: 10, means: 'tailscale missing or its daemon down' },
  'not-connected': { code: 11, means: 'not connected, or the wrong tailnet' },
  'host-unknown': { code: 12, means: 'host not in the tailnet, or ambiguous' },
  'host-silent': { code: 13, means: 'peer offline, expired or not answering' },
  'credential-missing': { code: 14, means: 'credential missing' },
  'ssh-denied': { code: 15, means: 'ssh denied (auth or policy)' },
  'interactive-check': { code: 16, means: 'interactive check required' },
  'identity-mismatch': { code: 17, means: 'host key or identity mismatch' },
  'privilege-denied': { code: 18, means: 'privilege denied' },
  'host-not-ready': { code: 19, means: 'host not ready' },
  'lock-held': { code: 20, means: 'lock held' },
  refused: { code: 21, means: 'gate refused, or facts changed since the plan' },
  'feature-missing': { code: 22, means: 'the tailnet lacks a feature (serve, https, ssh)' },
  'rolled-back': { code: 30, means: 'deploy failed, rolled back' },
  'not-serving': { code: 31, means: 'deploy failed and no proven release is serving' },
  'verification-failed': { code: 32, means: 'verification failed' },
  partial: { code: 33, means: 'partial (some hosts)' },
  timeout: { code: 40, means: 'timed out' },
  unknown: { code: 41, means: 'outcome unknown' },
  'not-confirmed': { code: 42, means: 'not confirmed' },
  bug: { code: 70, means: 'a bug in ops' },
  interrupted: { code: 130, means: 'interrupted' },
  terminated: { code: 143, means: 'terminated' },
} as const satisfies Record<string, { code: number; means: string }>;

export type ExitName = keyof typeof EXIT_CODES;

export interface Problem {
  /** `ops.yaml:6:11`, when the problem sits at a place in a file. */
  at?: string;
  /** Key path, e.g. `hosts.web1.port`. */
  key?: string;
  message: string;
}

export interface OpsErrorOptions {
  /** A command or a sentence that moves the person forward; several are tried in order. */
  hint?: string | readonly string[];
  problems?: readonly Problem[];
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** What a person can act on. `code` is stable and kebab-case; `exit` names a row of EXIT_CODES. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly code: string;
  readonly exit: ExitName;
  readonly hints: readonly string[];
  readonly problems: readonly Problem[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, exit: ExitName, message: string, options: OpsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = exit;
    this.hints = options.hint === undefined ? [] : typeof options.hint === 'string' ? [options.hint] : options.hint;
    this.problems = options.problems ?? [];
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return EXIT_CODES[this.exit].code;
  }
}

/** A state that the code rules out: never a person's fault. Exits 70. */
export class BugError extends OpsError {
  constructor(message: string, cause?: unknown) {
    super('bug', 'bug', message, { hint: 'this is a bug in ops: please report it with the output of the command', cause });
  }
}
