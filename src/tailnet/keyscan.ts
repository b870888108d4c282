import type { LocalSpec } from '../exec/runner.ts';
import { parseHostKeys } from './host-key.ts';

/** Three key types at once; exit status says little (0 with no key at all on older releases), so stdout decides. */
export function keyscanCommand(ip: string, port: number): LocalSpec {
  return {
    program: 'ssh-keyscan',
    environment: 'ssh-keyscan',
    args: ['-T', '5', '-p', String(port), '-t', 'ed25519,ecdsa,rsa', '--', ip],
    deadlineMs: 10_000,
    mutates: false,
  };
}

/** Lines `ADDRESS type base64` or `[ADDRESS]:PORT type base64`, and comments that begin with #. */
export function parseKeyscan(stdout: string): string[] {
  const lines = stdout.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'));
  return parseHostKeys(lines.map(line => line.replace(/^\S+\s+/, '')));
}
