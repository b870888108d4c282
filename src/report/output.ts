import type { OpsError } from '../errors.ts';
import { exitCodeOf } from '../plan/outcome.ts';
import { Redactor } from '../redact.ts';
import { sanitizePainted } from '../sanitize.ts';
import type { Heartbeat } from './heartbeat.ts';
import { type ColorChoice, createTheme, type Theme, wantsColor } from './theme.ts';

/** The single sink: every byte that a person or a machine reads from ops goes through here, redacted and sanitised. */
export class Output {
  readonly redactor = new Redactor();
  readonly json: boolean;
  readonly theme: Theme;
  readonly errTheme: Theme;
  /** Told whenever something is said. */
  heartbeat: Heartbeat | null = null;
  #waiting = false;
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;

  constructor(options: {
    json: boolean;
    color: ColorChoice;
    env: NodeJS.ProcessEnv;
    stdout: NodeJS.WriteStream;
    stderr: NodeJS.WriteStream;
  }) {
    this.json = options.json;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.theme = createTheme(wantsColor(options.color, options.env, options.stdout.isTTY === true));
    this.errTheme = createTheme(wantsColor(options.color, options.env, options.stderr.isTTY === true));
  }

  /** The result, for people: stdout. Under --json it goes nowhere, since stdout then holds one object. */
  print(lines: readonly string[]): void {
    if (this.json) return;
    this.heartbeat?.rest();
    this.#endWaiting();
    this.#stdout.write(this.#lines(lines));
  }

  /** Progress, warnings, hints: stderr. */
  note(lines: readonly string[]): void {
    this.heartbeat?.rest();
    this.#endWaiting();
    this.#stderr.write(this.#lines(lines));
  }

  /** What is being waited for: a line on a terminal that the next output takes the place of. */
  waiting(text: string): void {
    if (!this.interactive) return;
    this.#endWaiting();
    this.#waiting = true;
    this.#stderr.write(sanitizePainted(this.redactor.redact(text)));
  }

  #endWaiting(): void {
    if (this.#waiting) this.#stderr.write('\r\x1b[K');
    this.#waiting = false;
  }

  /** The result, for machines: one versioned object and nothing else. */
  document(schema: string, ok: boolean, value: object): void {
    if (this.json) this.#stdout.write(`${this.redactor.redactJson({ schema, ok, ...value }, 2)}\n`);
  }

  error(error: OpsError, schema: string): void {
    if (this.json) {
      const { code, message, hints, problems, details } = error;
      this.document(schema, false, { exit: error.exitCode, error: { code, message, hints, problems, details } });
      return;
    }
    this.note(renderError(error));
  }

  get interactive(): boolean {
    return this.#stderr.isTTY === true && !this.json;
  }

  get stderr(): NodeJS.WriteStream {
    return this.#stderr;
  }

  #lines(lines: readonly string[]): string {
    return lines.map(line => `${sanitizePainted(this.redactor.redact(line))}\n`).join('');
  }
}

/** Everything at once, each problem at its place in the person's own file; the last line says what it was and the exit code. */
function renderError(error: OpsError): string[] {
  const exit = exitCodeOf(error.exit);
  const hints = error.hints.map(hint => `→ ${hint}`);
  if (error.problems.length > 0) {
    const at = Math.max(...error.problems.map(problem => problem.at?.length ?? 0));
    const key = Math.max(...error.problems.map(problem => problem.key?.length ?? 0));
    return [
      ...error.problems.map(problem =>
        `${(problem.at ?? '').padEnd(at)}   ${(problem.key ?? '').padEnd(key)}   ${problem.message}`.trim(),
      ),
      `${error.message} · exit ${exit}`,
      ...hints,
    ];
  }
  const [first = '', ...more] = error.message.split('\n');
  return [`${first} (${error.code}) · exit ${exit}`, ...more.map(line => `  ${line}`), ...hints];
}
