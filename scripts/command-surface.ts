import type { Config } from '@oclif/core';
import { loadOclif } from '../src/main.ts';

/** Every command with its arguments and flags, as scripts rely on them. Words for people are left out: they may change. */
export async function commandSurface(): Promise<object> {
  const config: Config = await loadOclif({ ignoreManifest: true });
  const commands = config.commands.toSorted((a, b) => a.id.localeCompare(b.id));
  return Object.fromEntries(
    commands.map(command => [command.id.replaceAll(':', ' '), { args: argsOf(command), flags: flagsOf(command) }]),
  );
}

type Loadable = Config['commands'][number];

function argsOf({ args, strict }: Loadable): object {
  const named = Object.entries(args).map(([name, arg]) => [name, arg.required === true ? 'required' : 'optional']);
  return { ...Object.fromEntries(named), ...(strict === false ? { '…': 'more of them' } : {}) };
}

function flagsOf({ flags }: Loadable): object {
  const described = Object.entries(flags).map(([name, flag]) => {
    const { char, type, env, required } = flag;
    const option =
      type === 'option' ? { options: flag.options, multiple: flag.multiple || undefined, default: plain(flag.default) } : {};
    return [name, { type, char, env, required: required || undefined, ...option }];
  });
  return Object.fromEntries(described.toSorted());
}

function plain(value: unknown): unknown {
  return typeof value === 'function' || (Array.isArray(value) && value.length === 0) ? undefined : value;
}
