import type { Runner } from '../exec/runner.ts';
import { type TailscaleCli, tailscaleCommand } from './cli.ts';
import { asString, parseObject } from './json.ts';

const DEADLINE_MS = 5_000;

/** The origin of the server that controls this machine's tailnet; null where tailscale does not say. */
export async function readControlOrigin(runner: Runner, cli: TailscaleCli): Promise<string | null> {
  const { exit, stdout } = await runner.run(tailscaleCommand(cli, ['debug', 'prefs'], DEADLINE_MS));
  if (exit !== 0) return null;
  return URL.parse(asString(parseObject(stdout)?.ControlURL))?.origin ?? null;
}
