import { Command, type Interfaces } from '@oclif/core';
import type { Context, OpsEvent } from '../context.ts';
import { BugError, EXIT_CODES, type ExitName, OpsError } from '../errors.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import { Heartbeat } from '../report/heartbeat.ts';
import { Output } from '../report/output.ts';
import { renderFindings } from '../report/preflight.ts';
import type { Rows } from '../report/tasks.ts';
import type { ColorChoice } from '../report/theme.ts';
import { type ContextFlags, createContext } from './context.ts';
import { baseFlags } from './flags.ts';
import { ignoreStdin, requireValues, type Takes } from './given-values.ts';
import { listenToSignals } from './signals.ts';
import { usageError } from './usage-error.ts';

export type BaseFlags = Interfaces.InferredFlags<typeof baseFlags>;

/** Composition root: flags in, a context for the use-case, and every error out as a hint and an exit code. */
export abstract class OpsCommand extends Command {
  static override baseFlags = baseFlags;

  readonly #abort = new AbortController();
  readonly #held: { close(): Promise<void> }[] = [];
  #rows: Rows | null = null;
  /** The run that is changing hosts: then stopping has to wait for a place where it can. */
  protected changing: string | null = null;
  output = this.#createOutput('auto');

  protected readonly documentVersion: number = 1;

  /** Of this command's documents. */
  protected get documentSchema(): string {
    return `ops/${(this.id ?? 'ops').replaceAll(':', '-')}@${this.documentVersion}`;
  }

  /** The one way from a command line to values. */
  protected override async parse<F extends object, B extends object, A extends object>(
    options: Interfaces.Input<F, B, A>,
    argv = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    // Whatever comes of it: oclif warns of a command that forgets to.
    this.parsed = true;
    await requireValues(options as Takes, argv, process.env);
    ignoreStdin(options as Takes);
    return super.parse(options, argv);
  }

  protected async context(flags: BaseFlags & ContextFlags): Promise<Context> {
    this.output = this.#createOutput(flags.color as ColorChoice);
    if (!this.output.interactive) this.output.heartbeat = new Heartbeat(line => this.output.note([line]));
    listenToSignals(
      this.#abort,
      () => this.changing,
      text => this.output.note(['', text]),
    );
    return createContext(flags, this.output, this.#abort.signal, event => this.#show(event));
  }

  /** Draws the rows of long work, until endRows or the end of the command. */
  protected async beginRows(names: readonly string[]): Promise<void> {
    const { createRows } = await import('../report/tasks.ts');
    this.#rows = createRows(names, this.output.stderr, this.output.redactor);
  }

  protected async endRows(): Promise<void> {
    const rows = this.#rows;
    this.#rows = null;
    await rows?.finish();
  }

  /** Asks for the go, naming the target. Without a terminal, and for a machine, only --yes answers. */
  protected async ask(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    if (!process.stdin.isTTY || !this.output.interactive) {
      const why = this.output.json ? '--json never asks' : 'there is no terminal to ask on';
      throw new OpsError('not-confirmed', 'not-confirmed', `nothing was changed: ${why}`, {
        hint: 'the same command with --yes',
      });
    }
    const { confirm } = await import('../report/prompt.ts');
    const go = await confirm(question, process.stdin, process.stderr, this.#abort.signal);
    if (!go) throw new OpsError('not-confirmed', 'not-confirmed', 'nothing was changed');
  }

  /** Lets go of connections and temporary files at the end, whichever way it comes. */
  protected hold<T extends { close(): Promise<void> }>(held: T): T {
    this.#held.push(held);
    return held;
  }

  /** Where nothing is worked on, as in a command that goes on until it is ended, silence says nothing. */
  protected mayBeSilent(): void {
    this.output.heartbeat?.stop();
    this.output.heartbeat = null;
  }

  override async finally(): Promise<void> {
    await this.endRows();
    await Promise.all(this.#held.map(held => held.close()));
    this.mayBeSilent();
  }

  protected end(exit: ExitName): void {
    process.exitCode = EXIT_CODES[exit].code;
  }

  override async catch(error: unknown): Promise<void> {
    await this.endRows();
    const known = toOpsError(error);
    if (known instanceof PreflightRefused && !this.output.json) {
      // The findings carry their remedies already.
      this.output.note([
        ...renderFindings(known.preflight, this.output.errTheme),
        `${known.message} (${known.code}) · exit ${known.exitCode}`,
      ]);
    } else this.output.error(known, this.documentSchema);
    if (known instanceof BugError || process.env.OPS_DEBUG)
      this.output.note(String((known.cause as Error | undefined)?.stack ?? known.stack).split('\n'));
    process.exitCode = known.exitCode;
  }

  #show(event: OpsEvent): void {
    this.output.heartbeat?.sees(event);
    if (event.type === 'row') this.#rows?.event(event);
    else if (event.type === 'note') this.output.note([event.text]);
    else if (event.type === 'waiting') this.output.waiting(event.text);
  }

  /** Before flags are parsed only the command line itself can say whether stdout is for a machine. */
  #createOutput(color: ColorChoice): Output {
    const json = this.argv.includes('--json');
    return new Output({ json, color, env: process.env, stdout: process.stdout, stderr: process.stderr });
  }
}

/** oclif's own errors are usage errors; anything else that was not foreseen is a bug in ops. */
function toOpsError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const oclif = error as { oclif?: { exit?: number }; message?: string };
  if (oclif?.oclif !== undefined) return usageError(oclif.message ?? '');
  return new BugError(error instanceof Error ? error.message : String(error), error);
}
