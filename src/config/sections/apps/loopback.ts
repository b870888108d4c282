const LOOPBACK = /^(?:https?:\/\/)?(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?=[:/?]|$)/i;

/** The port that somebody on the host itself has to listen on; null when a target leads elsewhere. `{host}` is the host. */
export function ownPort(target: string): number | null {
  const [, scheme, host, port] = /^(?:(https?):\/\/)?(\{host\}|\[[^\]]*\]|[^/:?]*)(?::(\d+))?/.exec(target) ?? [];
  if (host !== '{host}' && loopbackIn(target) === null) return null;
  return Number(port ?? (scheme === 'https' ? 443 : 80));
}

/** The address in the target of a probe that means the machine itself which asks; null when it means another. */
export function loopbackIn(target: string): string | null {
  return LOOPBACK.exec(target)?.[1] ?? null;
}
