import type { Interfaces } from '@oclif/core';

/** What a command takes. */
export interface Takes {
  args?: Readonly<Record<string, Interfaces.Arg<unknown>>>;
}

/** What is not given is missing: stdin may be the list of a loop, or what git tells its hook. */
export function ignoreStdin({ args = {} }: Takes): void {
  for (const arg of Object.values(args)) arg.ignoreStdin = true;
}
