import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runProgram } from './program.ts';
import { FAILED, PASSED, type StepResult } from './step.ts';

/** ShellCheck over the scripts that run as files. The programs for hosts are read as they are composed, by test/host/. */
export async function checkShell(): Promise<StepResult> {
  const files = [...globSync('{lab,scripts}/**/*.sh', { cwd: ROOT }).sort(), '.ci/run'];
  const results = await Promise.all(files.map(shellcheck));
  const output = results.join('');
  return { tally: output === '' ? PASSED : FAILED, output };
}

/** Findings as `FILE:LINE:COLUMN: what`, a line each. */
async function shellcheck(file: string): Promise<string> {
  const [first = ''] = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const shell = first.includes('bash') ? 'bash' : 'sh';
  const { code, output } = await runProgram(['shellcheck', `--shell=${shell}`, '--format=gcc', file]);
  return code === 0 || output !== '' ? output : `shellcheck ${file}: exit ${code}\n`;
}
