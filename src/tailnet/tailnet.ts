import type { OpsError } from '../errors.ts';
import type { Runner } from '../exec/runner.ts';
import { type Environment, type TailscaleCli, tailscaleCandidates, tailscaleMissing } from './cli.ts';
import { daemonProblem } from './daemon.ts';
import type { RunningStatus } from './state.ts';
import { parseStatus, statusCommand } from './status.ts';
import type { TailnetStatus } from './types.ts';

/** The tailnet as this machine sees it, and the program that told us. */
export interface Tailnet {
  cli: TailscaleCli;
  status: TailnetStatus;
}

/** The same, connected to the pinned tailnet: what requireRunning lets through. */
export interface RunningTailnet extends Tailnet {
  status: RunningStatus;
}

/**
 * One `tailscale status --json`; looking for the program costs nothing extra.
 * @throws OpsError tailscale-missing, daemon-down, daemon-silent or daemon-denied. Any backend state is a status, not an error.
 */
export async function readTailnet(runner: Runner, env: Environment, platform: NodeJS.Platform): Promise<Tailnet> {
  const candidates = tailscaleCandidates(env, platform);
  let problem: OpsError | undefined;
  for (const cli of candidates) {
    const result = await runner.run(statusCommand(cli));
    if (result.reason === 'not-found' || result.reason === 'not-started') continue;
    if (result.exit === 0 && result.stdout.trimStart().startsWith('{')) return { cli, status: parseStatus(result.stdout) };
    // No reason to give up: on macOS a link or wrapper on PATH often cannot start the app's program, whose own path works.
    problem = daemonProblem(result, platform);
  }
  throw problem ?? tailscaleMissing(candidates, platform);
}
