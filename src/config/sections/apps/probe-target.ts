/** Whom a probe asks, as the programs that ask understand it: `http://0x7f.1/` and `2130706433:80` are for 127.0.0.1. */
export interface ProbeTarget {
  /** null for a bare port. */
  url: URL | null;
  host: string;
  port: number;
}

/** Stands for `{host}` while a target is read. */
const OWN = 'own.invalid';

/** As a URL spells them: 0.0.0.0 and :: connect to the machine itself, too, and an IPv4 address may come as an IPv6 one. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1?|::ffff:(?:7f[\da-f]{2}:[\da-f]+|0:0))$/;

/** Null when it names nobody: what is no URL, or has a user name and a password in it. */
export function readProbeTarget(target: string): ProbeTarget | null {
  const isUrl = target.includes('://');
  const written = isUrl ? target : `http://${target}`;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { url: isUrl ? url : null, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** The same of a target in ops.yaml, where `{host}` is the host itself: null as `host`. */
export function readWrittenTarget(target: string): { host: string | null; port: number } | null {
  const read = readProbeTarget(target.replaceAll('{host}', OWN));
  const isOwn = /^(?:https?:\/\/)?\{host\}(?=[:/?]|$)/.test(target);
  return read && { host: isOwn ? null : read.host, port: read.port };
}

/** The port that somebody on the host itself has to listen on; null when a target leads elsewhere. */
export function ownPort(target: string): number | null {
  const read = readWrittenTarget(target);
  return read !== null && (read.host === null || isLoopback(read.host)) ? read.port : null;
}

/** Whether a host that was read from a target means the machine itself that asks. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
