/** A small project, path → text, that breaks one rule at one place. */
export interface BrokenTree {
  readonly rule: string;
  readonly title: string;
  readonly tree: Readonly<Record<string, string>>;
  /** What the violation starts with. */
  readonly at: string;
}

const lines = (count: number) => 'export const x = 1;\n'.repeat(count);
const one = (rule: string, title: string, path: string, text: string, line = 1): BrokenTree => ({
  rule,
  title,
  tree: { [path]: text },
  at: `${path}:${line}`,
});

/** Every rule is here at least once, so that none can pass because it sees nothing. */
export const BROKEN_TREES: readonly BrokenTree[] = [
  one('packages', 'the framework in a use-case', 'src/deploy/index.ts', "import { Flags } from '@oclif/core';"),
  one('packages', 'its types too', 'src/report/table.ts', "import type { Config } from '@oclif/core';"),
  one('packages', 'loaded while it runs', 'src/exec/ssh.ts', "const { execa } = await import('execa');"),
  one('packages', 'handed on', 'src/config/index.ts', "export { parse } from 'yaml';"),
  one('packages', 'colour outside report', 'src/deploy/index.ts', "import chalk from 'chalk';"),
  one('packages', 'lists outside report', 'src/deploy/index.ts', "import { Listr } from 'listr2';"),
  one('packages', 'zod outside config', 'src/tailnet/status.ts', "import * as z from 'zod';"),
  one('packages', 'a package without a place', 'src/exec/local.ts', "import tar from 'tar';"),
  one('child-processes', 'in exec even', 'src/exec/local.ts', "import { spawn } from 'node:child_process';"),
  one('child-processes', 'by its old name', 'src/exec/local.ts', "const c = await import('child_process');"),
  one('chosen-environments', 'ours', 'src/exec/local.ts', "execa('git', ['log'], { shell: false });"),
  one('chosen-environments', 'ours and more', 'src/exec/local.ts', "execa('git', [], { env: environmentOf('git') });"),
  one('chosen-environments', 'ours as it is', 'src/exec/local.ts', "execa('git', [], { env: process.env, extendEnv: false });"),
  one('chosen-environments', 'none', 'src/exec/local.ts', "execa('git', [], { extendEnv: false });"),
  one('chosen-environments', 'by another door', 'src/exec/local.ts', "execa.sync('git');"),
  one('layers', 'a capability that knows another', 'src/sync/index.ts', "\nimport { deploy } from '../deploy/index.ts';", 2),
  one('layers', 'deploy past the door of staging', 'src/deploy/index.ts', "import { up } from '../staging/up.ts';"),
  one('layers', 'exec that knows a type above it', 'src/exec/runner.ts', "import type { Plan } from '../plan/plan.ts';"),
  one(
    'layers',
    'a value that looks like a type import',
    'src/plan/plan.ts',
    "import { type Config, load } from '../config/load.ts';",
  ),
  one('layers', 'whoever names a command', 'src/report/plan.ts', "import type Deploy from '../commands/deploy.ts';"),
  one('layers', 'report that acts', 'src/report/plan.ts', "import { deploy } from '../deploy/index.ts';"),
  one('layers', 'a leaf that is none', 'src/errors.ts', "import type { Config } from './config/types.ts';"),
  one('layers', 'the lab in the product', 'src/host/host.ts', "import type { Lab } from '../../lab/index.ts';"),
  one('layers', 'a file nobody placed', 'src/extras.ts', ''),
  one('layers', 'a type from above', 'src/host/host.ts', "import type { Plan } from '../plan/plan.ts';"),
  one('layers', 'a capability that knows its voice', 'src/deploy/index.ts', "import type { Voice } from '../report/voice.ts';"),
  {
    rule: 'no-cycles',
    title: 'a round of three',
    tree: {
      'src/a.ts': "import './b.ts';",
      'src/b.ts': "export * from './c.ts';",
      'src/c.ts': "const a = () => import('./a.ts');",
    },
    at: 'src/a.ts → src/b.ts → src/c.ts → src/a.ts',
  },
  {
    rule: 'no-cycles',
    title: 'a round of types',
    tree: { 'src/a.ts': "import type { B } from './b.ts';", 'src/b.ts': "import type { A } from './a.ts';" },
    at: 'src/a.ts → src/b.ts → src/a.ts',
  },
  one(
    'orders-come-from-the-plan',
    'a type of ops.yaml',
    'src/deploy/execute/order.ts',
    "import type { Config } from '../../config/types.ts';",
  ),
  {
    rule: 'orders-come-from-the-plan',
    title: 'ops.yaml, by way of another file',
    tree: {
      'src/sync/order.ts': "import { words } from './words.ts';",
      'src/sync/words.ts': "import { loadConfig } from '../config/index.ts';",
    },
    at: 'src/sync/words.ts:1',
  },
  one('parameters', 'a function of six', 'src/deploy/index.ts', 'export function go(a, b, c, d, e, f) {}'),
  one('parameters', 'an arrow of six', 'src/deploy/index.ts', 'export const go = (a, b, c, d, e, f) => a;'),
  one('plans-are-pure', 'the clock', 'src/deploy/plan.ts', 'export const plan = () => new Date();'),
  one('plans-are-pure', 'the clock by its method', 'src/deploy/plan-rollback.ts', 'export const plan = () => Date.now();'),
  one('plans-are-pure', 'chance', 'src/sync/plan.ts', 'export const plan = () => Math.random();'),
  one('plans-are-pure', 'the process', 'src/plan/step.ts', 'export const home = process.env.HOME;'),
  one('plans-are-pure', 'waiting', 'src/deploy/plan.ts', 'export async function plan() {}'),
  one('plans-are-pure', 'the network', 'src/deploy/plan.ts', "export const plan = () => fetch('http://a');"),
  one('plans-are-pure', 'the disk', 'src/deploy/plan.ts', "import { readFileSync } from 'node:fs';"),
  {
    rule: 'plans-are-pure',
    title: 'the disk, by way of another file',
    tree: {
      'src/deploy/plan.ts': "import { read } from './read.ts';",
      'src/deploy/read.ts': "import { readFileSync } from 'node:fs';",
    },
    at: 'src/deploy/read.ts:1',
  },
  one('one-voice', 'console', 'src/deploy/index.ts', "console.log('deployed');"),
  one('one-voice', 'a stream', 'src/exec/local.ts', 'const out = process.stdout;'),
  one('dry-run-stops-after-the-plan', 'an option', 'src/deploy/execute.ts', 'export const run = (dryRun: boolean) => dryRun;'),
  one(
    'dry-run-stops-after-the-plan',
    'a flag',
    'src/deploy/execute.ts',
    "export const run = (flags: Record<string, boolean>) => flags['dry-run'];",
  ),
  one('size', 'one line too many', 'lab/host.ts', lines(301), 301),
  {
    rule: 'median-size',
    title: 'half of them long',
    tree: { 'src/a.ts': lines(71), 'src/b.ts': lines(71), 'src/c.ts': lines(1) },
    at: 'src:',
  },
  one('commands-are-surface', 'a long command', 'src/commands/deploy.ts', lines(81), 81),
  one('commands-are-surface', 'for of', 'src/commands/deploy.ts', 'for (const host of []) host;'),
  one('commands-are-surface', 'for', 'src/commands/deploy.ts', 'for (let i = 0; i < 1; i += 1) i;'),
  one('commands-are-surface', 'while', 'src/commands/deploy.ts', 'while (false) {}'),
  one('commands-are-surface', 'try', 'src/commands/hosts/pin.ts', 'try {} catch {}'),
  one('names', 'a drawer', 'src/deploy/utils.ts', ''),
  one('names', 'a folder of drawers', 'lab/helpers/ssh.ts', ''),
  one('names', 'another case', 'src/deploy/planRollback.ts', ''),
  one('named-exports', 'a default', 'src/deploy/index.ts', 'export default 1;'),
  one('typed-errors', 'a bare error', 'src/deploy/index.ts', "throw new Error('no');"),
  one('typed-errors', 'another bare error', 'src/deploy/index.ts', "throw new TypeError('no');"),
  one('every-test-runs', 'only this one', 'test/a.test.ts', "test.only('a', () => {});"),
  one('every-test-runs', 'not this one', 'test/a.test.ts', "describe.skip('a', () => {});"),
  one('every-test-runs', 'later', 'test/a.test.ts', "it.todo('a');"),
  one('every-test-runs', 'on some machines', 'test/a.test.ts', "test.skipIf(process.platform === 'darwin')('a', () => {});"),
  one(
    'every-test-runs',
    'a table left out',
    'test/a.test.ts',
    "test.each([1]).skip('a', () => {});\ntest.skip.each([1])('a', () => {});",
    2,
  ),
  one('no-module-mocks', 'a module replaced', 'test/a.test.ts', "vi.mock('../src/exec/local.ts');"),
  one('no-notes-to-self', 'a note', 'src/deploy/index.ts', '\n// TODO later', 2),
  one('no-notes-to-self', 'a note in a block', 'lab/host.ts', '/* FIXME */'),
  one('zod-as-namespace', 'by name', 'src/config/schema.ts', "import { z } from 'zod';"),
];
