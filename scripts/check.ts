/** Says in under a minute whether this checkout is sound: npm run check */
import { runChecks } from './checks.ts';
import { endProgramsWithUs } from './program.ts';

endProgramsWithUs();
const { failed } = await runChecks();
if (failed === 0) process.stderr.write('All sound. npm test adds the lab.\n');
process.exitCode = failed === 0 ? 0 : 1;
