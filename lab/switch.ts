import { existsSync, mkdirSync } from 'node:fs';
import { inCgroup, makeCgroup, pidsIn } from './cgroup.ts';
import { LabError, launch, must, PATIENCE, untilFrom } from './process.ts';
import { directoryOf } from './state.ts';

/** Starts the lab's switch; see sh/switch.sh. */
export async function startSwitch(id: string): Promise<void> {
  const directory = `${directoryOf(id)}/switch`;
  mkdirSync(directory, { recursive: true });
  const ready = `${directory}/ready`;
  const holder = launch(
    inCgroup(makeCgroup(id, 'switch'), ['unshare', '--net', 'sh', script('switch.sh'), ready]),
    `${directory}/log`,
  );
  await untilFrom(holder, `the switch (${directory}/log)`, PATIENCE, () => existsSync(ready));
}

/** Pid of the process that holds the switch's network namespace. */
export function switchPid(id: string): number {
  const [pid] = pidsIn(id, 'switch');
  if (pid === undefined) throw new LabError(`lab ${id} is not running (its switch is gone)`);
  return pid;
}

/** Runs a program inside the switch's network namespace. */
export function inSwitch(id: string, argv: readonly string[]): Promise<string> {
  return must(['nsenter', '--target', String(switchPid(id)), '--net', ...argv]);
}

/** A command line that runs `argv` on a machine of its own at the switch: one port, one address, nothing else. */
export function plugged(id: string, port: string, address: string, argv: readonly string[]): string[] {
  return ['unshare', '--net', 'sh', script('plug.sh'), String(switchPid(id)), port, address, ...argv];
}

export function script(name: string): string {
  return new URL(`sh/${name}`, import.meta.url).pathname;
}
