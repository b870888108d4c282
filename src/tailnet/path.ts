import type { LocalSpec, Result, Runner } from '../exec/runner.ts';
import { type TailscaleCli, tailscaleCommand } from './cli.ts';
import { asString, parseObject } from './json.ts';
import type { PeerPath } from './types.ts';

export type PathResult = { ok: true; path: PeerPath } | { ok: false; code: PathFailure; message: string };
export type PathFailure = 'path-no-reply' | 'path-expired' | 'path-unknown-peer' | 'path-self' | 'path-failed';

const DEADLINE_MS = 3_000;
const PONG =
  /^pong from .* via (?:DERP\((?<derp>[^)]*)\)|peer-relay\((?<relay>[^)]*)\)|(?<endpoint>\S+)) in (?<latency>\S*[mµnu]?s)$/;

/** PingResult of the LocalAPI, as JSON on stdout. The daemon sets no time limit of its own. */
function pingCommand(cli: TailscaleCli, ip: string): LocalSpec {
  const query = new URLSearchParams({ ip, type: 'disco' });
  return tailscaleCommand(cli, ['debug', 'localapi', 'POST', `/localapi/v0/ping?${query}`], DEADLINE_MS);
}

/** The plain CLI, where the LocalAPI call is refused. It sleeps a second after its pong: stop it at isPong. */
function plainPingCommand(cli: TailscaleCli, ip: string): LocalSpec {
  return tailscaleCommand(cli, ['ping', '--c=1', '--timeout=2s', '--until-direct=false', ip], DEADLINE_MS);
}

export function isPong(line: string): boolean {
  return PONG.test(line);
}

/**
 * One disco ping: which way packets to this peer go, and for how long. It proves neither that access rules let TCP
 * through nor that the host's firewall does. The first ping of a new pair may go by DERP: what was seen is what is told.
 */
export async function measurePath(runner: Runner, cli: TailscaleCli, ip: string): Promise<PathResult> {
  const answer = await runner.run(pingCommand(cli, ip));
  if (answer.reason === 'deadline') return noReply();
  const path = answer.exit === 0 ? parsePingResult(answer.stdout) : null;
  if (path) return path;
  const plain = await runner.run(plainPingCommand(cli, ip), { stopWhen: (line, stream) => stream === 'stdout' && isPong(line) });
  return parsePlainPing(plain);
}

/** null: not a PingResult. */
export function parsePingResult(text: string): PathResult | null {
  const json = parseObject(text);
  if (!json) return null;
  if (json.IsLocalIP === true) return failure('path-self', 'it is this very machine');
  const error = asString(json.Err);
  if (error !== '') return classify(error);
  if (typeof json.LatencySeconds !== 'number') return null;
  const latencyMs = json.LatencySeconds * 1000;
  const [endpoint, relay, derp] = [asString(json.Endpoint), asString(json.PeerRelay), asString(json.DERPRegionCode)];
  if (endpoint !== '') return seen({ kind: 'direct', latencyMs, via: endpoint });
  if (relay !== '') return seen({ kind: 'peer-relay', latencyMs, via: relay });
  const region = json.DERPRegionID;
  return typeof region === 'number' && region !== 0 ? seen({ kind: 'derp', latencyMs, via: derp || String(region) }) : null;
}

export function parsePlainPing(result: Result): PathResult {
  for (const line of result.stdout.split('\n')) {
    const match = PONG.exec(line.trim())?.groups;
    if (!match) continue;
    const latencyMs = parseGoDuration(match.latency ?? '');
    if (match.derp !== undefined) return seen({ kind: 'derp', latencyMs, via: match.derp });
    if (match.relay !== undefined) return seen({ kind: 'peer-relay', latencyMs, via: match.relay });
    return seen({ kind: 'direct', latencyMs, via: match.endpoint ?? '' });
  }
  if (/is local Tailscale IP/.test(result.stdout)) return failure('path-self', 'it is this very machine');
  if (result.reason === 'deadline') return noReply();
  return classify(result.stderr.trim() || result.stdout.trim());
}

/** Go's time.Duration as text, e.g. `1.234s`, `12ms`, `1m2.5s`, in milliseconds. */
export function parseGoDuration(text: string): number {
  const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(number) * (unitMs[unit ?? ''] ?? Number.NaN);
  return total;
}

function classify(said: string): PathResult {
  if (/node key has expired/.test(said)) return failure('path-expired', "the peer's node key has expired");
  if (/no matching peer/.test(said)) return failure('path-unknown-peer', 'tailscaled knows no peer with this address');
  if (/no reply|timed out|deadline exceeded/.test(said)) return noReply();
  return failure('path-failed', said.split('\n')[0] || 'tailscale ping gave no answer');
}

function seen(path: PeerPath): PathResult {
  return { ok: true, path };
}

function failure(code: PathFailure, message: string): PathResult {
  return { ok: false, code, message };
}

function noReply(): PathResult {
  return failure('path-no-reply', `no reply within ${DEADLINE_MS / 1000} s`);
}
