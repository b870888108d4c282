import { type ProgramOptions, runProgram } from './program.ts';

/** How many things were looked at, and how they went. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface StepResult {
  readonly tally: Tally;
  /** Shown when the step failed. */
  readonly output: string;
  /** What its line says besides. */
  readonly note?: string;
}

/** One thing to find out about this checkout. */
export interface Step {
  readonly name: string;
  /** What to do when it fails: a command, or a sentence. */
  readonly mend: string;
  run(): Promise<StepResult>;
}

export const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 };
export const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };

/** A program that passes by exiting 0. */
export async function asStep(argv: readonly string[], options: ProgramOptions = {}): Promise<StepResult> {
  const { code, output } = await runProgram(argv, options);
  return { tally: code === 0 ? PASSED : FAILED, output };
}

export function sum(tallies: readonly Tally[]): Tally {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const tally of tallies) {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  return total;
}

/** Runs a step and prints its line; a step that throws has failed. */
async function runStep(step: Step): Promise<StepResult> {
  const began = performance.now();
  const result = await step
    .run()
    .catch((error: unknown): StepResult => ({ tally: FAILED, output: String((error as Error).stack ?? error) }));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { passed, failed, skipped } = result.tally;
  const counts =
    passed + failed + skipped > 1
      ? `  ${[`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ')}`
      : '';
  const verdict = failed > 0 ? '[FAIL]' : passed > 0 ? '[OK]  ' : '[SKIP]';
  const note = result.note === undefined ? '' : `  ${result.note}`;
  process.stderr.write(`  ${verdict} ${step.name.padEnd(14)} ${seconds.padStart(6)} s${counts}${note}\n`);
  return result;
}

/** Runs steps side by side; then shows the output of those that failed, each with what mends it. */
export async function runSideBySide(steps: readonly Step[]): Promise<Tally> {
  const results = await Promise.all(steps.map(async step => ({ step, ...(await runStep(step)) })));
  for (const { step, tally, output } of results) {
    if (tally.failed > 0) process.stderr.write(`\n── ${step.name} ──\n${output.trim()}\n→ ${step.mend}\n`);
  }
  return sum(results.map(result => result.tally));
}
