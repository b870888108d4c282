import type { Config, HostConfig } from '../config/types.ts';
import { type ControlDir, controlDirBases, createControlDir } from '../exec/control-dir.ts';
import type { Runner } from '../exec/runner.ts';
import { loadPins, pinsFile } from '../tailnet/pins-file.ts';
import { requireRunning } from '../tailnet/state.ts';
import { readTailnet } from '../tailnet/tailnet.ts';
import type { Pin } from '../tailnet/types.ts';
import { readLocalTools } from './local-tools.ts';
import { once } from './once.ts';
import type { PreflightOptions } from './options.ts';
import type { Purpose } from './purpose.ts';
import { lookOnly } from './read-only.ts';
import type { HostView } from './view.ts';

/** What all hosts of a run share: seen once. */
export interface Surroundings {
  config: Config;
  /** All that are asked. */
  hosts: readonly HostConfig[];
  purpose: Purpose;
  via: string | null;
  pins: readonly Pin[];
  now: () => number;
  signal: AbortSignal | undefined;
  /** For looking only. */
  local: Runner;
  /** What sessions are made of: they outlive preflight and may change things. */
  hands: Runner;
  tools: HostView['tools'];
  tailnet: HostView['tailnet'];
  controlDir: () => Promise<ControlDir>;
  /** Removes what controlDir made, if anything. */
  removeFiles: () => Promise<void>;
}

/** @throws OpsError pins-damaged or pins-unreadable, exit usage. Nothing is started for that. */
export async function lookAround(options: PreflightOptions): Promise<Surroundings> {
  const { config, env, runner } = options;
  const pins = await loadPins(pinsFile(config.file));
  const local = lookOnly(runner, options.signal);
  let made: ControlDir | null = null;
  return {
    config,
    hosts: options.hosts,
    purpose: options.purpose,
    via: options.via ?? null,
    pins,
    now: options.now,
    signal: options.signal,
    local,
    hands: runner,
    tools: once(() => readLocalTools(local)),
    tailnet: once(async () => {
      const { cli, status } = await readTailnet(local, env, process.platform);
      return { cli, status: requireRunning(status, config.tailnet) };
    }),
    controlDir: once(async () => {
      made = await createControlDir(controlDirBases(env));
      return made;
    }),
    removeFiles: async () => made?.remove(),
  };
}
