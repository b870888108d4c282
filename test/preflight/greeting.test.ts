import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readGreeting } from '../../src/preflight/greeting.ts';
import type { WayIn } from '../../src/preflight/view.ts';
import { makePeer, makeStatus } from '../tailnet/nodes.ts';
import { ScriptedRunner } from '../tailnet/scripted-runner.ts';

const nothing = new ScriptedRunner(() => ({ exit: null, reason: 'not-found' }));
const ours = makeStatus([], { self: makePeer('op', { ips: ['127.0.0.1'] }) });
let server: Server | null = null;

afterEach(() => {
  server?.close();
});

async function serve(greeting: string): Promise<WayIn> {
  server = createServer(socket => socket.on('error', () => {}).end(greeting));
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  return {
    fqdn: 'web1.lab.test',
    address: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    bind: null,
    proxy: null,
  };
}

describe('readGreeting', () => {
  it('reads the banner', async () => {
    const greeting = await readGreeting(nothing, await serve('SSH-2.0-Tailscale\r\n'), ours, undefined);
    expect(greeting.banner).toBe('SSH-2.0-Tailscale');
  });

  it('believes no connection whose local end is not ours', async () => {
    const way = await serve('SSH-2.0-OpenSSH_9.2p1\r\n');
    const others = makeStatus([], { self: makePeer('op', { ips: ['100.64.0.1'] }) });
    await expect(readGreeting(nothing, way, others, undefined)).rejects.toMatchObject({ code: 'not-our-address' });
    await expect(readGreeting(nothing, way, null, undefined)).resolves.toMatchObject({ banner: 'SSH-2.0-OpenSSH_9.2p1' });
  });

  it('tells a web server from an ssh server', async () => {
    const way = await serve('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(readGreeting(nothing, way, ours, undefined)).rejects.toMatchObject({ code: 'ssh-banner', exit: 'host-silent' });
  });

  it('says that nothing listens', async () => {
    const way = await serve('');
    await new Promise(resolve => server?.close(resolve));
    await expect(readGreeting(nothing, way, ours, undefined)).rejects.toMatchObject({ code: 'ssh-refused' });
  });
});

describe('readGreeting through tailscale nc', () => {
  const way: WayIn = {
    fqdn: 'web1.lab.test',
    address: '100.64.0.9',
    port: 22,
    bind: null,
    proxy: ['tailscale', 'nc', '100.64.0.9', '22'],
  };

  it('ends it at the banner', async () => {
    const runner = new ScriptedRunner(() => ({ stdout: 'SSH-2.0-OpenSSH_9.2p1\r\nmore' }));
    expect(await readGreeting(runner, way, ours, undefined)).toMatchObject({ banner: 'SSH-2.0-OpenSSH_9.2p1' });
    expect(runner.ran).toMatchObject([{ program: 'tailscale', args: ['nc', '100.64.0.9', '22'], holdStdin: true }]);
  });

  it.each([
    [{ exit: null, reason: 'deadline' as const }, 'ssh-timeout'],
    [{ exit: 1, stderr: 'Dial(100.64.0.9, 22): connection refused' }, 'ssh-unreachable'],
    [{ stdout: 'HTTP/1.1 400\r\n' }, 'ssh-banner'],
  ])('%j is %s', async (result, code) => {
    await expect(readGreeting(new ScriptedRunner(() => result), way, ours, undefined)).rejects.toMatchObject({ code });
  });
});
