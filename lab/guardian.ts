import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sweep } from './state.ts';

/**
 * Starts a process that ends lab `id` when this one is gone, whether it ended, was interrupted or killed: it notices by the
 * end of a pipe only this process holds. Returns the way to dismiss it.
 */
export function guard(id: string): () => void {
  const argv = [
    '-c',
    'read -r word; [ "$word" = dismissed ] || exec "$@"',
    'sh',
    process.execPath,
    fileURLToPath(import.meta.url),
    id,
  ];
  const guardian = spawn('sh', argv, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guardian.unref();
  // Neither the guardian nor its pipe keeps this process running.
  (guardian.stdin as unknown as { unref(): void }).unref();
  guardian.stdin.on('error', () => {});
  return () => guardian.stdin.end('dismissed\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await sweep(process.argv[2] ?? '');
