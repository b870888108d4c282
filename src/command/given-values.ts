import { type Interfaces, Parser } from '@oclif/core';
import { show } from '../config/flaw.ts';
import { OpsError } from '../errors.ts';

/** What the help means by the word that it puts in the place of a value. */
const EXPECTED: Readonly<Record<string, string>> = {
  ADDRESS: 'an address',
  APP: 'an app of ops.yaml',
  CODE: 'a code that ops printed',
  COMMAND: 'a command',
  COUNT: 'a whole number',
  FILE: 'a file',
  HOST: 'a host of ops.yaml',
  ID: 'a release',
  RUN: 'a run such as r-7F3K9Q',
  TIME: 'a time as journalctl understands it',
  '10m': 'a duration such as 10m',
};

/** What becomes part of a path may not be one. */
const SHAPES: Readonly<Record<string, RegExp>> = { RUN: /^r-[A-Za-z0-9]+(-back)?$/ };

/** What a command takes. */
export interface Takes {
  args?: Readonly<Record<string, Interfaces.Arg<unknown>>>;
  flags?: Readonly<Record<string, Flag>>;
  baseFlags?: Readonly<Record<string, Flag>>;
}

type Flag = Interfaces.BooleanFlag<unknown> | Interfaces.OptionFlag<unknown>;

interface Given {
  /** `--app`, `APP` or `OPS_VIA`. */
  name: string;
  /** In words. */
  expected: string;
  value: string;
}

/**
 * No value may be empty, blank, or hold control characters: an unset shell variable must not widen `--app "$APP"` to every
 * app. A variable of the environment that is empty counts as not set.
 * @throws OpsError usage
 */
export async function requireValues(takes: Takes, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const written = await onCommandLine(takes, argv);
  const given = [...written, ...inEnvironment(takes, env, written)];
  const unusable = given.find(
    ({ name, value }) => value.trim() === '' || /\p{Cc}/u.test(value) || SHAPES[name]?.test(value) === false,
  );
  if (unusable === undefined) return;
  const { name, expected, value } = unusable;
  throw new OpsError('usage', 'usage', `${name}: expected ${expected}, found ${show(value)}`, {
    hint: value === '' ? EMPTY : 'ops help   (or the command with --help)',
  });
}

const EMPTY = 'set the shell variable that it comes from   (one that is not set is an empty value)';

/** What is not given is missing: stdin may be the list of a loop, or what git tells its hook. */
export function ignoreStdin({ args = {} }: Takes): void {
  for (const arg of Object.values(args)) arg.ignoreStdin = true;
}

/** The words as oclif will read them. What it cannot read it refuses by itself, a moment later. */
async function onCommandLine(takes: Takes, argv: readonly string[]): Promise<Given[]> {
  const flags = flagsOf(takes);
  const bare = Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, asWritten(flag)]));
  const { raw } = await Parser.parse([...argv], { args: {}, flags: bare, strict: false }).catch(() => ({ raw: [] }));
  const args = Object.keys(takes.args ?? {});
  // Words beyond the last argument are more of its kind.
  const argAt = (position: number) => (args[position] ?? args.at(-1) ?? 'argument').toUpperCase();
  const words = raw.filter(token => token.type === 'arg');
  return raw.flatMap(token => {
    if (token.type === 'arg') {
      const name = argAt(words.indexOf(token));
      return [{ name, expected: inWords(name), value: token.input }];
    }
    const flag = flags[token.flag];
    return flag?.type === 'option' ? [{ name: `--${token.flag}`, expected: expectedOf(flag), value: token.input }] : [];
  });
}

/** Of a flag only how it is written: which values it may have comes later. */
function asWritten(flag: Flag): Flag {
  const { name, char, aliases, charAliases, type } = flag;
  const more =
    type === 'option' ? { multiple: flag.multiple, multipleNonGreedy: flag.multipleNonGreedy } : { allowNo: flag.allowNo };
  return { name, char, aliases, charAliases, type, ...more } as Flag;
}

/** Only what counts: the command line wins. */
function inEnvironment(takes: Takes, env: NodeJS.ProcessEnv, written: readonly Given[]): Given[] {
  return Object.entries(flagsOf(takes)).flatMap(([name, flag]) => {
    const value = flag.env === undefined ? undefined : env[flag.env];
    if (flag.type !== 'option' || !value || written.some(given => given.name === `--${name}`)) return [];
    return [{ name: flag.env!, expected: expectedOf(flag), value }];
  });
}

function flagsOf({ flags = {}, baseFlags = {} }: Takes): Readonly<Record<string, Flag>> {
  return { ...baseFlags, ...flags };
}

function expectedOf({ options, helpValue }: Interfaces.OptionFlag<unknown>): string {
  return options ? `one of ${options.join(', ')}` : inWords(String(helpValue ?? 'a value'));
}

function inWords(placeholder: string): string {
  return EXPECTED[placeholder] ?? placeholder;
}
