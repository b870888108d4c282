import type { Runner } from '../exec/runner.ts';
import type { LocalTools } from './view.ts';

const DEADLINE_MS = 5_000;

export async function readLocalTools(runner: Runner): Promise<LocalTools> {
  const ask = (program: 'ssh' | 'rsync', args: readonly string[]) =>
    runner.run({ program, environment: program, args, deadlineMs: DEADLINE_MS, mutates: false });
  const [ssh, rsync] = await Promise.all([ask('ssh', ['-V']), ask('rsync', ['--version'])]);
  return { ssh: parseSshVersion(ssh.stderr), rsync: parseRsyncVersion(rsync.stdout) };
}

/** `OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL …` on stderr. */
export function parseSshVersion(text: string): string | null {
  return /^OpenSSH_(?:for_Windows_)?(\d+\.\d+)/m.exec(text)?.[1] ?? null;
}

/** `rsync  version 3.2.7  protocol version 31`; macOS 15 and later ship openrsync, which says so on its first line. */
export function parseRsyncVersion(text: string): LocalTools['rsync'] {
  const open = /^openrsync(?:: protocol version (\d+))?/m.exec(text);
  if (open) return { kind: 'openrsync', version: open[1] ?? '' };
  const version = /^rsync +version v?(\d+(?:\.\d+)+)/m.exec(text)?.[1];
  return version === undefined ? null : { kind: 'rsync', version };
}
