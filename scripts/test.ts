/** Everything that can be shown on this machine: npm test, npm run test:full. Ends with `N passed, N failed`. */
import { parseArgs } from 'node:util';
import { runChecks } from './checks.ts';
import { slowestFiles } from './file-times.ts';
import { endProgramsWithUs } from './program.ts';
import { asStep, runSideBySide, type Step, sum, type Tally } from './step.ts';
import { isCi, runVitest, testFiles, timesOfFiles } from './vitest.ts';

const USAGE = `npm test -- [--full] [--no-lab]
  --full     the stated number of rounds of every fault and fuzz instead of a sample
  --no-lab   leave out the tests that need root on Linux (refused in CI)
`;

const BUILD: Step = { name: 'build', mend: 'npm run build', run: () => asStep(['node', 'scripts/build.ts']) };
/** In a process namespace of its own a build of minutes ends with this process, however that ends. */
const CONTAINED = ['unshare', '--pid', '--fork', '--kill-child'];
const canContain = () => process.platform === 'linux' && process.getuid?.() === 0;

interface Asked {
  full: boolean;
  lab: boolean;
}

async function main({ full, lab }: Asked): Promise<number> {
  endProgramsWithUs();
  // Of the unit tests, too: those that make their inputs up.
  if (full) process.env.OPS_TEST_FULL = '1';
  const began = performance.now();
  say('1. What this checkout alone shows.');
  const tallies: Tally[] = [await runChecks()];
  say('2. The build that hosts and packages get.');
  tallies.push(await runSideBySide([BUILD]));
  if (lab) {
    say(`3. A real tailnet on this machine, ${full ? 'every fault the stated number of times' : 'each fault at least once'}.`);
    tallies.push(await runLabTests(tallies[1]?.failed === 0));
  } else {
    say('3. The lab tests were left out (--no-lab).');
  }
  const slowest = slowestFiles(timesOfFiles(), 10);
  if (slowest.length > 0) say(`The slowest test files:\n${slowest.join('\n')}`);
  const { passed, failed, skipped } = sum(tallies);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  say(`Took ${minutes} min.${skipped > 0 ? ` ${skipped} skipped${isCi() ? ', which counts as failed in CI' : ''}.` : ''}`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** Without a build, or on a machine that cannot run labs, every file of them has failed: what was not shown is not passed. */
async function runLabTests(built: boolean): Promise<Tally> {
  const prepare = [...(canContain() ? CONTAINED : []), 'node', 'scripts/prepare-lab.ts'];
  if (!built || (await asStep(prepare, { live: true })).tally.failed > 0) {
    const files = testFiles('lab').length;
    say(`  The ${files} files of lab tests did not run. → mend the above, or leave them out: npm test -- --no-lab`);
    return { passed: 0, failed: Math.max(files, 1), skipped: 0 };
  }
  return (await runVitest('lab', { live: true })).tally;
}

/** Null when the words make no sense. */
function readArguments(): Asked | null {
  const options = { full: { type: 'boolean', default: false }, 'no-lab': { type: 'boolean', default: false } } as const;
  try {
    const { values } = parseArgs({ options });
    return values['no-lab'] && isCi() ? null : { full: values.full, lab: !values['no-lab'] };
  } catch {
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const asked = readArguments();
if (asked === null) say(USAGE.trimEnd());
process.exitCode = asked === null ? 2 : await main(asked);
