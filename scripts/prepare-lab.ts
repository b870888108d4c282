/** Builds what labs are made of, so that no test pays for it. Minutes from nothing, nothing after. */
import { prepare } from '../lab/prepare.ts';
import { ensureMachine } from '../lab/requirements.ts';

const say = (line: string) => process.stderr.write(`  ${line}\n`);
try {
  await ensureMachine(say);
  await prepare(say);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
