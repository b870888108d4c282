import { readFileSync } from 'node:fs';

/** Text of a file below test/fixtures/tailscale/. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/tailscale/${name}`, import.meta.url), 'utf8');
}
