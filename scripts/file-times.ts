import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { ROOT } from './program.ts';

/** How long a test file took, what it prepared and cleared away included. */
export interface FileTime {
  /** From the root of the project. */
  readonly path: string;
  readonly ms: number;
}

/** The lines that tell of the slowest test files, the slowest first. */
export function slowestFiles(times: readonly FileTime[], count: number): string[] {
  const slowest = [...times].sort((a, b) => b.ms - a.ms || (a.path < b.path ? -1 : 1)).slice(0, count);
  return slowest.map(({ path, ms }) => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${path}`);
}

/** What the reporter below wrote; nothing when vitest ended before. */
export function readTimes(file: string): FileTime[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FileTime[]) : [];
}

/** A reporter for vitest, whose JSON counts from a file's first test to its last: the start of a lab is not in that. */
export default class FileTimes implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const times = modules.map((module): FileTime => {
      const { collectDuration, setupDuration, duration } = module.diagnostic();
      return { path: relative(ROOT, module.moduleId), ms: collectDuration + setupDuration + duration };
    });
    const file = process.env.OPS_TEST_TIMES;
    if (file !== undefined) writeFileSync(file, JSON.stringify(times));
  }
}
