import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeCommand } from '../../src/command/change-command.ts';
import { changeFlags } from '../../src/command/flags.ts';
import { planRollback } from '../../src/deploy/plan/rollback.ts';
import { loadOclif } from '../../src/main.ts';
import type { Preflight } from '../../src/preflight/types.ts';
import { makeConfig } from '../preflight/hosts.ts';
import { appConfig } from '../support/app-config.ts';
import { appFacts, releaseFacts } from '../support/app-facts.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const before = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));

let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'signals-'));
});

afterEach(async () => {
  await rm(stateDir, { recursive: true });
  vi.restoreAllMocks();
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal)) if (!before.get(signal)!.includes(listener)) process.off(signal, listener);
});

const facts = appFacts([releaseFacts('A', 1), releaseFacts('B', 2)]);
const hosts = [{ host: 'web1', fqdn: 'web1.lab.test', via: null, privilege: 'sudo', by: 'dana', facts }] as const;
const plan = planRollback({ config: makeConfig([]), app: appConfig(), run: 'r-7F3K9Q', to: null, overrides: [], hosts });
const preflight = { exit: 'unknown', reports: [], results: [] } as unknown as Preflight;

/** Stays at work for ever: looking at hosts, or changing them. */
class Long extends ChangeCommand {
  static override flags = changeFlags;
  static changes = false;
  static begun = () => {};

  override async run(): Promise<void> {
    const { flags } = await this.parse(Long);
    const context = await this.context(flags);
    const forEver = () => new Promise<never>(Long.begun);
    const prepare = async () => ({ plan, preflight, parts: [], close: async () => {} });
    await (Long.changes ? this.carryOut({ ...context, stateDir }, { prepare, execute: forEver }, {}, flags) : forEver());
  }
}

test.each([
  [true, /Stopping at the next safe point.*\n\n {2}Left: a host may still be at work\. How it ended: → ops resume r-7F3K9Q\n$/s],
  [false, /again to leave at once\)…\n$/],
])('Ctrl-C twice, while hosts are being changed: %s', async (changes, said) => {
  const begun = new Promise<void>(resolve => Object.assign(Long, { changes, begun: resolve }));
  const written: unknown[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation(text => written.push(text) > 0);
  vi.spyOn(process, 'exit').mockImplementation(code => {
    throw new Error(`exit ${code}`);
  });
  const config = new URL('../../examples/reference.ops.yaml', import.meta.url).pathname;
  const command = new Long(['--yes', '--config', config], await loadOclif());
  void command.run();
  await begun;
  process.emit('SIGINT');
  expect(() => process.emit('SIGINT')).toThrow('exit 130');
  expect(written.join('')).toMatch(said);
});
