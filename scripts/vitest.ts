import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type FileTime, readTimes } from './file-times.ts';
import { ROOT, runProgram } from './program.ts';
import type { StepResult, Tally } from './step.ts';

/** The part of vitest's JSON report that is read here. */
export interface Report {
  testResults: readonly { name: string; status: string; assertionResults: readonly { status: string }[] }[];
}

export interface Run {
  /** Exit status of vitest. */
  readonly code: number;
  /** Null when vitest wrote none. */
  readonly report: Report | null;
  /** Paths of all test files that had to run, as in the report. */
  readonly expected: readonly string[];
  readonly skippedFail: boolean;
}

/**
 * Counts tests so that nothing is lost: a file that did not load, did not run or holds no test is one failure, and so is
 * a vitest that failed for a reason of its own, such as an error outside any test.
 */
export function tallyOf(run: Run): Tally {
  const files = run.report?.testResults ?? [];
  const statuses = files.flatMap(file => file.assertionResults.map(test => test.status));
  const passed = statuses.filter(status => status === 'passed').length;
  const failedTests = statuses.filter(status => status === 'failed').length;
  const skipped = statuses.length - passed - failedTests;
  const broken = files.filter(
    file =>
      file.assertionResults.length === 0 ||
      (file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')),
  ).length;
  const failed = failedTests + missingFiles(run).length + broken + (run.skippedFail ? skipped : 0);
  return { passed, failed: failed === 0 && run.code !== 0 ? 1 : failed, skipped };
}

function missingFiles({ report, expected }: Run): string[] {
  const ran = new Set(report?.testResults.map(file => file.name));
  return expected.filter(file => !ran.has(file));
}

/** Of every test file that ran in this process. */
const times: FileTime[] = [];

export function timesOfFiles(): readonly FileTime[] {
  return times;
}

/** Runs one project of vitest.config.ts. In CI a skipped test is a failed one. */
export async function runVitest(project: 'unit' | 'lab', options: { live?: boolean } = {}): Promise<StepResult> {
  const expected = testFiles(project).map(path => join(ROOT, path));
  const folder = mkdtempSync(join(tmpdir(), 'ops-test-'));
  const file = join(folder, 'report.json');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const timesFile = join(folder, 'times.json');
    const reporters = ['default', 'json', join(ROOT, 'scripts/file-times.ts')].map(name => `--reporter=${name}`);
    const argv = ['vitest', 'run', '--project', project, ...reporters, `--outputFile.json=${file}`];
    const { code, output } = await runProgram(argv, { ...options, env: { OPS_TEST_TIMES: timesFile } });
    times.push(...readTimes(timesFile));
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : null;
    const run = { code, report, expected, skippedFail: isCi() };
    return {
      tally: tallyOf(run),
      output: `${output}\n${missingFiles(run)
        .map(path => `did not run: ${path}\n`)
        .join('')}`,
    };
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** The test files of a project, by the same division as vitest.config.ts. */
export function testFiles(project: 'unit' | 'lab'): string[] {
  const inLab = (path: string) => !relative('test/lab', path).startsWith('..');
  return globSync('test/**/*.test.ts', { cwd: ROOT }).filter(path => inLab(path) === (project === 'lab'));
}

export function isCi(): boolean {
  return !['', '0', 'false'].includes(process.env.CI ?? '');
}
