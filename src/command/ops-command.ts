import { homedir } from 'node:os';
import { Command, Flags, type Interfaces } from '@oclif/core';
import { knownSecrets, loadConfig } from '../config/index.ts';
import { type Context, cacheDirOf, type OpsEvent, stateDirOf } from '../context.ts';
import { BugError, EXIT_CODES, type ExitName, OpsError } from '../errors.ts';
import { LocalRunner } from '../exec/local.ts';
import type { Outcome } from '../plan/outcome.ts';
import { isEmpty, type Plan, withUndo } from '../plan/plan.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import type { Preflight, PreflightMode } from '../preflight/types.ts';
import { documentOf, renderOutcome } from '../report/outcome.ts';
import { Output } from '../report/output.ts';
import { renderNothing, renderPlan } from '../report/plan.ts';
import { renderFindings, renderSummary } from '../report/preflight.ts';
import type { Rows } from '../report/tasks.ts';
import type { ColorChoice } from '../report/theme.ts';
import { usageError } from './usage-error.ts';

export type BaseFlags = Interfaces.InferredFlags<(typeof OpsCommand)['baseFlags']>;

/** Flags of every command that talks to hosts. */
export const hostFlags = {
  via: Flags.string({
    description: 'break-glass: dial this address instead of the tailnet one (printed in the receipt)',
    helpValue: 'ADDRESS',
    env: 'OPS_VIA',
  }),
  preflight: Flags.string({
    description: 'required: fail or unknown stops; auto: unknown warns; disabled: only identity, host key and lock are asked',
    options: ['required', 'auto', 'disabled'],
  }),
  'pin-new': Flags.boolean({
    description: 'pin hosts that have no pin yet (in CI, where nobody looks at them)',
    env: 'OPS_PIN_NEW',
  }),
  auth: Flags.string({
    description: 'log in with keys or by Tailscale SSH',
    options: ['keys', 'tailscale_ssh'],
  }),
};

/** Which hosts; none = all that the command concerns. */
export const onlyHosts = Flags.string({
  char: 'H',
  description: 'only this host (repeatable)',
  multiple: true,
  default: [],
  helpValue: 'HOST',
});

/** Flags of every command that changes something. */
export const changeFlags = {
  yes: Flags.boolean({ char: 'y', description: 'do not ask', env: 'OPS_YES' }),
  'dry-run': Flags.boolean({ char: 'n', description: 'stop after the plan' }),
  check: Flags.boolean({ description: 'stop after the plan; exit 3 when it is not empty' }),
};

const QUESTIONS: Record<Plan['command'], string> = {
  deploy: 'Deploy to',
  rollback: 'Roll back',
  resume: 'Resume on',
  prune: 'Remove old releases on',
};

/** Composition root: flags in, a context for the use-case, and every error out as a hint and an exit code. */
export abstract class OpsCommand extends Command {
  static override baseFlags = {
    config: Flags.string({
      description: 'ops.yaml to use (found upwards from here otherwise)',
      helpValue: 'FILE',
    }),
    json: Flags.boolean({ description: 'print one JSON object' }),
    color: Flags.string({
      description: 'when to colour',
      options: ['auto', 'always', 'never'],
      default: 'auto',
      env: 'OPS_COLOR',
    }),
  };

  readonly #abort = new AbortController();
  readonly #held: { close(): Promise<void> }[] = [];
  #rows: Rows | null = null;
  /** The run that is changing hosts: then stopping has to wait for a place where it can. */
  #changing: string | null = null;
  output = this.#createOutput('auto');

  /** Names this command's documents: `ops/<name>@1`. */
  protected get documentName(): string {
    return (this.id ?? 'ops').replaceAll(':', '-');
  }

  protected async context(
    flags: BaseFlags & {
      via?: string | undefined;
      preflight?: string | undefined;
      auth?: string | undefined;
      'pin-new'?: boolean;
    },
  ): Promise<Context> {
    this.output = this.#createOutput(flags.color as ColorChoice);
    this.#listenToSignals();
    const given = { auth: flags.auth, preflight: flags.preflight };
    const config = await loadConfig({
      cwd: workingDirectory(),
      env: process.env,
      home: homedir(),
      ...(flags.config === undefined ? {} : { file: flags.config }),
      flags: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    });
    this.output.redactor.know(knownSecrets(config, process.env));
    const context: Context = {
      config: flags.via === undefined ? config : { ...config, overrides: [...config.overrides, `--via ${flags.via}`] },
      runner: new LocalRunner(),
      env: process.env,
      preflightMode: config.preflight as PreflightMode,
      via: flags.via ?? null,
      pinNew: null,
      stateDir: stateDirOf(process.env),
      cacheDir: cacheDirOf(process.env),
      signal: this.#abort.signal,
      redactor: this.output.redactor,
      now: () => Date.now(),
      emit: event => this.#show(event),
    };
    if (!flags['pin-new']) return context;
    const { pinNewHosts } = await import('../hosts/index.ts');
    const pinNew: Context['pinNew'] = async hosts => {
      const ids = hosts.map(host => host.id);
      const pinned = await pinNewHosts(context, ids);
      if (pinned.length > 0) this.output.note([`pinned on first sight: ${pinned.join(', ')}`]);
    };
    return { ...context, pinNew };
  }

  /** Draws the rows of long work until `work` ends, whichever way. */
  protected async withRows<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const { createRows } = await import('../report/tasks.ts');
    this.#rows = createRows(names, this.output.stderr, this.output.redactor);
    try {
      return await work();
    } finally {
      await this.#rows.finish();
      this.#rows = null;
    }
  }

  /** Asks for the go, naming the target. Without a terminal, and for a machine, only --yes answers. */
  protected async confirm(question: string, yes: boolean): Promise<void> {
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
  protected async closing<T extends { close(): Promise<void> }>(held: T): Promise<T> {
    this.#held.push(held);
    return held;
  }

  /**
   * Plan → print → ask → do → report. --dry-run and --check stop after the plan. True = `again` took the outcome: it is not
   * reported, and a new plan is to follow.
   */
  protected async carryOut(
    prepared: { plan: Plan; preflight: Preflight },
    flags: { yes: boolean; 'dry-run': boolean; check: boolean },
    work: () => Promise<Outcome>,
    again: (outcome: Outcome) => boolean = () => false,
  ): Promise<boolean> {
    const { plan } = prepared;
    const empty = isEmpty(plan);
    const { preflight } = prepared;
    const summary = preflight.exit === 'ok' ? [renderSummary(preflight)] : [];
    this.output.note([...renderFindings(preflight, this.output.errTheme), ...summary]);
    if (flags['dry-run'] || flags.check || empty) {
      const exit = flags.check && !empty ? 'changes' : 'ok';
      this.output.print(empty ? renderNothing(plan) : renderPlan(plan));
      this.output.document(`ops/${this.documentName}@1`, true, {
        exit: EXIT_CODES[exit].code,
        run: plan.run,
        changes: !empty,
        plan: withUndo(plan),
      });
      this.end(exit);
      return false;
    }
    this.output.note(renderPlan(plan));
    const hosts = plan.hosts.filter(host => host.steps.length > 0).map(host => host.host);
    await this.confirm(`${QUESTIONS[plan.command]} ${hosts.join(', ')}?`, flags.yes);
    this.#changing = plan.run;
    return this.report(plan, work, again);
  }

  /** Draws the work and says how it ended, unless `again` takes that. */
  protected async report(
    plan: Plan,
    work: () => Promise<Outcome>,
    again: (outcome: Outcome) => boolean = () => false,
  ): Promise<boolean> {
    const outcome = await this.withRows(['upload', ...plan.hosts.map(host => host.host), 'operator'], work);
    if (again(outcome)) {
      this.#changing = null;
      return true;
    }
    this.output.print(renderOutcome(outcome, plan));
    this.output.document(`ops/${this.documentName}@1`, outcome.exit === 'ok', documentOf(outcome));
    this.end(outcome.exit);
    return false;
  }

  override async finally(): Promise<void> {
    await Promise.all(this.#held.map(held => held.close()));
  }

  protected end(exit: ExitName): void {
    process.exitCode = EXIT_CODES[exit].code;
  }

  override async catch(error: unknown): Promise<void> {
    const known = toOpsError(error);
    if (known instanceof PreflightRefused && !this.output.json) {
      // The findings carry their remedies already.
      this.output.note([
        ...renderFindings(known.preflight, this.output.errTheme),
        `${known.message} (${known.code}) · exit ${known.exitCode}`,
      ]);
    } else this.output.error(known, this.documentName);
    if (known instanceof BugError || process.env.OPS_DEBUG)
      this.output.note(String((known.cause as Error | undefined)?.stack ?? known.stack).split('\n'));
    process.exitCode = known.exitCode;
  }

  #show(event: OpsEvent): void {
    if (event.type === 'row') this.#rows?.event(event);
    else if (event.type === 'note') this.output.note([event.text]);
    else if (event.type === 'waiting') this.output.waiting(event.text);
  }

  /** Before flags are parsed only the command line itself can say whether stdout is for a machine. */
  #createOutput(color: ColorChoice): Output {
    const json = this.argv.includes('--json');
    return new Output({ json, color, env: process.env, stdout: process.stdout, stderr: process.stderr });
  }

  /** Once asks the work to stop at a safe point, twice leaves. What runs on a host goes on there either way. */
  #listenToSignals(): void {
    for (const [signal, exit] of [
      ['SIGINT', 'interrupted'],
      ['SIGTERM', 'terminated'],
      ['SIGHUP', 'terminated'],
    ] as const) {
      process.on(signal, () => {
        // Of a terminal that closes there may be two, from the kernel and from its shell: nobody is there to insist.
        if (this.#abort.signal.aborted && signal === 'SIGHUP') return;
        if (this.#abort.signal.aborted) {
          if (this.#changing !== null)
            this.output.note(['', `  Left: a host may still be at work. How it ended: → ops resume ${this.#changing}`]);
          process.exit(EXIT_CODES[exit].code);
        }
        const where =
          this.#changing !== null ? ' at the next safe point (again to leave it to the hosts)' : ' (again to leave at once)';
        this.output.note(['', `  Stopping${where}…`]);
        this.#abort.abort(exit);
      });
    }
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new OpsError('cwd-missing', 'usage', 'the folder that ops was started in is not there any more', {
      hint: 'cd to the folder with ops.yaml, also where a new one has the same name',
    });
  }
}

/** oclif's own errors are usage errors; anything else that was not foreseen is a bug in ops. */
function toOpsError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const oclif = error as { oclif?: { exit?: number }; message?: string };
  if (oclif?.oclif !== undefined) return usageError(oclif.message ?? '');
  return new BugError(error instanceof Error ? error.message : String(error), error);
}
