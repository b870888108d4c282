import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import type { Command, Interfaces } from '@oclif/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadOclif } from '../../src/main.ts';

/** Every command there is, whoever adds one. */
const config = await loadOclif({ ignoreManifest: true });
const commands = await Promise.all(config.commands.map(async each => [each.id, await each.load()] as const));

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listening = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));

const NOWHERE = ['--config', '/nowhere/ops.yaml'];
/** How often stdin was read. */
let reads: number;
const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;

beforeEach(() => {
  reads = 0;
  const pipe = new Readable({
    read() {
      reads += 1;
      this.push(reads === 1 ? 'web1\n' : null);
    },
  });
  Object.defineProperty(process, 'stdin', { ...stdin, get: () => pipe });
  Reflect.deleteProperty((globalThis as { oclif?: object }).oclif ?? {}, 'stdinCache');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  Object.defineProperty(process, 'stdin', stdin);
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const signal of SIGNALS)
    for (const each of process.listeners(signal)) if (!listening.get(signal)!.includes(each)) process.off(signal, each);
});

function flagsOf(command: Command.Class) {
  const flags: Record<string, Interfaces.Flag<unknown>> = { ...command.baseFlags, ...command.flags };
  return Object.entries(flags).flatMap(([name, { type }]) => (type === 'option' ? [name] : []));
}

describe.each(commands)('ops %s', (_, command) => {
  test('takes nothing from stdin, and does not even read it', async () => {
    await command.run(NOWHERE, config);
    for (const name of flagsOf(command)) {
      await command.run([`--${name}`], config);
      await command.run([`--${name}`, '-', ...(name === 'config' ? [] : NOWHERE)], config);
    }
    expect(reads).toBe(0);
  });
});

test('a loop keeps its list, and no host of it is forgotten', () => {
  const dev = new URL('../../bin/dev.js', import.meta.url).pathname;
  const loop = `printf 'a\nb\n' | while read -r each; do "$0" "$1" hosts forget --app x --yes; echo "$each: exit $?"; done`;
  expect(spawnSync('/bin/sh', ['-c', loop, process.execPath, dev], { encoding: 'utf8' })).toMatchObject({
    stdout: 'a: exit 2\nb: exit 2\n',
    stderr: expect.stringMatching(/^Missing 1 required arg: host .*\n.*\nMissing 1 required arg: host .*\n.*\n$/),
  });
});
