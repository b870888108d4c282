const LOOPBACK = /^(?:https?:\/\/)?(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?=[:/?]|$)/i;

/** The address in the target of a probe that means the machine itself which asks; null when it means another. */
export function loopbackIn(target: string): string | null {
  return LOOPBACK.exec(target)?.[1] ?? null;
}
