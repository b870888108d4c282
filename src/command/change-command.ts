import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Outcome } from '../plan/outcome.ts';
import { isEmpty } from '../plan/plan.ts';
import { documentOf } from '../report/outcome.ts';
import { renderFindings, renderSummary } from '../report/preflight.ts';
import { renderTexts } from '../report/texts.ts';
import { voiceOf } from '../report/voices.ts';
import { carry } from '../run/carry.ts';
import { wasOvertaken } from '../run/overtaken.ts';
import type { Prepared, UseCase } from '../run/use-case.ts';
import type { ChangeFlags } from './flags.ts';
import { OpsCommand } from './ops-command.ts';

const TURN_MS = 2_000;

/** A command that changes hosts: plan → print → ask → do → report. */
export abstract class ChangeCommand extends OpsCommand {
  protected override readonly documentVersion = 2;

  /**
   * What became of it; null when it ended with the plan. The lock is taken after the plan was made: with time left to wait,
   * who loses it plans again, from what the winner leaves.
   */
  protected async carryOut<R extends object, P extends Prepared>(
    context: Context,
    useCase: UseCase<R, P>,
    request: R & { waitMs?: number },
    flags: ChangeFlags,
  ): Promise<Outcome | null> {
    const until = context.now() + (request.waitMs ?? 0);
    const left = () => Math.max(0, until - context.now());
    for (;;) {
      const prepared = this.hold(await useCase.prepare(context, { ...request, waitMs: left() }));
      const looksOnly = isEmpty(prepared.plan) && useCase.looksWhenEmpty === true && !endsWithPlan(flags);
      if (!looksOnly && !(await this.#agree(prepared, flags))) return null;
      await this.beginRows(voiceOf(prepared.plan).rows(prepared.plan));
      const outcome = await carry(context, useCase, prepared);
      await this.endRows();
      this.changing = null;
      if (!wasOvertaken(outcome) || left() === 0 || context.signal.aborted) return this.#report(outcome, prepared);
      this.output.note(['somebody else was quicker and nothing was changed: planning again']);
      await prepared.close();
      await sleep(TURN_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }

  /** Prints the plan and asks. False: it ends here, because there is nothing to do or nobody wants it done. */
  async #agree({ plan, preflight, texts = [] }: Prepared, flags: ChangeFlags): Promise<boolean> {
    const voice = voiceOf(plan);
    const empty = isEmpty(plan);
    const summary = preflight.exit === 'ok' ? [renderSummary(preflight)] : [];
    this.output.note([...renderFindings(preflight, this.output.errTheme), ...summary]);
    if (endsWithPlan(flags) || empty) {
      const exit = flags.check && !empty ? 'changes' : 'ok';
      this.output.print(empty ? voice.nothing(plan) : [...voice.plan(plan), ...renderTexts(texts)]);
      this.output.document(this.documentSchema, true, {
        exit: EXIT_CODES[exit].code,
        run: plan.run,
        changes: !empty,
        plan,
      });
      this.end(exit);
      return false;
    }
    this.output.note([...voice.plan(plan), ...renderTexts(texts)]);
    await this.ask(voice.question(plan), flags.yes);
    this.changing = plan.run;
    return true;
  }

  #report(outcome: Outcome, { plan }: Prepared): Outcome {
    const voice = voiceOf(plan);
    this.output.print(voice.outcome(outcome, plan));
    this.output.document(this.documentSchema, outcome.exit === 'ok', documentOf(outcome, plan, voice));
    this.end(outcome.exit);
    return outcome;
  }
}

function endsWithPlan(flags: ChangeFlags): boolean {
  return flags['dry-run'] || flags.check;
}
