import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import type { Command, Interfaces } from '@oclif/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheDirOf, stateDirOf } from '../../src/context.ts';
import { loadOclif } from '../../src/main.ts';

/** Every command there is, whoever adds one. */
const config = await loadOclif({ ignoreManifest: true });
const commands = await Promise.all(config.commands.map(async each => [each.id, await each.load()] as const));

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listening = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));

const NOWHERE = ['--config', '/nowhere/ops.yaml'];
let said: string;
/** How often stdin was read. */
let reads: number;
const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;

beforeEach(() => {
  said = '';
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
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  Object.defineProperty(process, 'stdin', stdin);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  for (const signal of SIGNALS)
    for (const each of process.listeners(signal)) if (!listening.get(signal)!.includes(each)) process.off(signal, each);
});

async function run(command: Command.Class, argv: string[]): Promise<{ exit: typeof process.exitCode; said: string }> {
  said = '';
  process.exitCode = undefined;
  await command.run(argv, config);
  return { exit: process.exitCode, said };
}

function flagsOf(command: Command.Class) {
  const flags: Record<string, Interfaces.Flag<unknown>> = { ...command.baseFlags, ...command.flags };
  return Object.entries(flags).flatMap(([name, { type, char, env }]) => (type === 'option' ? [{ name, char, env }] : []));
}

/** Every way to hand `value` to `command`, and how it is called in what is said. */
function waysIn(command: Command.Class, value: string): { argv: string[]; name: string; env?: string }[] {
  const args = Object.keys(command.args);
  const before = (position: number) => [...NOWHERE, ...args.slice(0, position).map(() => 'r-x')];
  const positional = args.map((name, at) => ({ argv: [...before(at), value], name: name.toUpperCase() }));
  const more = command.strict ? [] : [{ argv: [...before(args.length), value], name: args.at(-1)!.toUpperCase() }];
  const byFlag = flagsOf(command).flatMap(({ name, char, env }) => {
    const others = name === 'config' ? [] : before(args.length);
    const spellings = [[`--${name}`, value], [`--${name}=${value}`], ...(char ? [[`-${char}`, value]] : [])];
    const byHand = spellings.map(words => ({ argv: [...others, ...words], name: `--${name}` }));
    return [...byHand, ...(env ? [{ argv: others, name: env, env }] : [])];
  });
  return [...positional, ...more, ...byFlag];
}

describe.each(commands)('ops %s', (_, command) => {
  test.each([
    ['is empty', '', '""'],
    ['is blank', ' \t', '" \\t"'],
    ['holds a control character', 'web\u001b[31m1', '"web\\u001b[31m1"'],
    ['has two lines', 'web1\nweb2', '"web1\\nweb2"'],
  ])('refuses every argument and flag that %s', async (_why, value, shown) => {
    // An empty variable is none: see below.
    for (const { argv, name, env } of waysIn(command, value).filter(way => way.env === undefined || value !== '')) {
      if (env) vi.stubEnv(env, value);
      const refused = await run(command, argv);
      vi.unstubAllEnvs();
      expect(refused, `${name}: ${argv.join(' ')}`).toEqual({
        exit: 2,
        said: expect.stringMatching(new RegExp(`^${name}: expected (?!a value)[^\n]*, found `)),
      });
      expect(refused.said.split('\n')[0]).toMatch(/ \(usage\) · exit 2$/);
      expect(refused.said).toContain(`found ${shown} (usage)`);
    }
  });

  test('takes nothing from stdin, and does not even read it', async () => {
    await run(command, NOWHERE);
    for (const { name } of flagsOf(command)) {
      await run(command, [`--${name}`]);
      await run(command, [`--${name}`, '-', ...(name === 'config' ? [] : NOWHERE)]);
    }
    expect(reads).toBe(0);
  });

  test('takes an empty variable for one that is not set', async () => {
    const plain = await run(command, NOWHERE);
    for (const { env } of flagsOf(command)) if (env) vi.stubEnv(env, '');
    expect(await run(command, NOWHERE)).toEqual(plain);
  });
});

const commandOf = (id: string) => commands.find(([each]) => each === id)![1];

test('an unset variable of the shell is no app', async () => {
  expect(await run(commandOf('hosts:forget'), ['web1', '--app', '', '--yes'])).toEqual({
    exit: 2,
    said:
      '--app: expected an app of ops.yaml, found "" (usage) · exit 2\n' +
      '→ set the shell variable that it comes from   (one that is not set is an empty value)\n',
  });
});

test.each(['../../../tmp/x', 'r-1/..', 'latest', 'r-', 'r-a b'])('a run is named by its id, and %j is none', async id => {
  const { exit, said: shown } = await run(commandOf('resume'), [id, ...NOWHERE]);
  expect([exit, shown]).toEqual([
    2,
    expect.stringContaining(`RUN: expected a run such as r-7F3K9Q, found ${JSON.stringify(id)} (usage)`),
  ]);
});

test('a variable that the command line overrules is not looked at', async () => {
  vi.stubEnv('OPS_VIA', ' ');
  expect((await run(commandOf('deploy'), NOWHERE)).said).toContain('OPS_VIA: expected an address, found " " (usage) · exit 2\n');
  expect((await run(commandOf('deploy'), [...NOWHERE, '--via', '10.0.0.1'])).said).toContain('(config-not-found) · exit 2\n');
});

test('an empty OPS_STATE_DIR or OPS_CACHE_DIR is not the folder that one is in', () => {
  const xdg = { XDG_STATE_HOME: '/state', XDG_CACHE_HOME: '/cache' };
  expect(stateDirOf({ ...xdg, OPS_STATE_DIR: '' })).toBe('/state/ops');
  expect(cacheDirOf({ ...xdg, OPS_CACHE_DIR: '' })).toBe('/cache/ops');
});

test('a pipe is left to whoever reads it, and no host of it is forgotten', () => {
  const dev = new URL('../../bin/dev.js', import.meta.url).pathname;
  const script = 'printf "web1\\nweb2\\n" | { "$0" "$1" hosts forget --app x --yes; echo "exit $?"; cat; }';
  expect(spawnSync('/bin/sh', ['-c', script, process.execPath, dev], { encoding: 'utf8' })).toMatchObject({
    stdout: 'exit 2\nweb1\nweb2\n',
    stderr: expect.stringMatching(/^Missing 1 required arg: host /),
  });
});
