import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A web server in a process of its own, which says by what name it was asked: programs are waited for in this one. */
export async function serve(): Promise<number> {
  const script =
    "const s = require('http').createServer((q, r) => r.end('ready as ' + q.headers.host)).listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void server.kill());
  const [port] = await once(server.stdout, 'data');
  return Number(port);
}
