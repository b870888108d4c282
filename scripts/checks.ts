import { auditBundle } from './audit.ts';
import { ensureTools } from './machine.ts';
import { checkShell } from './shell.ts';
import { asStep, runSideBySide, type Step, type Tally } from './step.ts';
import { runVitest } from './vitest.ts';

/** Everything that needs nothing but this checkout. The steps are independent of one another. */
const CHECKS: readonly Step[] = [
  { name: 'types', mend: 'mend the types; npx tsc --noEmit shows them alone', run: () => asStep(['tsc', '--noEmit']) },
  {
    name: 'lint, format',
    mend: 'npx biome check --write; it says what it cannot mend',
    run: () => asStep(['biome', 'check', '--error-on-warnings']),
  },
  {
    name: 'unused',
    mend: 'remove what nothing uses, or stop exporting it; npx knip shows it alone',
    run: () => asStep(['knip', '--no-progress']),
  },
  {
    name: 'shell',
    mend: 'mend the sh scripts; an exception is a comment `# shellcheck disable=SC…` with its reason',
    run: checkShell,
  },
  {
    name: 'advisories',
    mend: 'raise the version of what is named; npm audit shows it with all that is not shipped',
    run: auditBundle,
  },
  { name: 'unit tests', mend: 'npx vitest --project unit runs them again as you mend', run: () => runVitest('unit') },
];

/** Runs them side by side, a line each, and shows what failed. */
export async function runChecks(): Promise<Tally> {
  process.stderr.write(`Checking ${CHECKS.map(step => step.name).join(' · ')}, side by side.\n`);
  const missing = await ensureTools();
  if (missing !== null) process.stderr.write(`  ${missing}\n`);
  return runSideBySide(CHECKS);
}
