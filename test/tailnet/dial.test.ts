import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { dial } from '../../src/tailnet/dial.ts';
import { isOurEnd, ourAddressFor } from '../../src/tailnet/source.ts';
import { makePeer, makeStatus } from './nodes.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

async function serve(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}));
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
});

describe('dial', () => {
  test('gives our end of the connection and the version line, without waiting for the time limit', async () => {
    const port = await serve(socket => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'));
    const result = await dial('127.0.0.1', port, { timeoutMs: 5_000 });
    expect(result).toMatchObject({ ok: true, localAddress: '127.0.0.1', banner: 'SSH-2.0-OpenSSH_9.2p1 Debian-2' });
    expect(result.ms).toBeLessThan(2_000);
  });

  test('reads a version line that comes in pieces and after other lines', async () => {
    const port = await serve(socket => {
      socket.write('welcome\r\nSSH-2.0-Tail');
      setTimeout(() => socket.write('scale\r\n'), 50);
    });
    expect(await dial('127.0.0.1', port, { timeoutMs: 5_000 })).toMatchObject({ ok: true, banner: 'SSH-2.0-Tailscale' });
  });

  test.each([
    ['a server that says nothing', (_socket: Socket) => {}],
    ['a server of another kind', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('%s is reached, without a banner', async (_what, greet) => {
    const port = await serve(greet);
    expect(await dial('127.0.0.1', port, { timeoutMs: 300 })).toMatchObject({
      ok: true,
      localAddress: '127.0.0.1',
      banner: null,
    });
  });

  test('a server that talks without end is left, long before the time limit', async () => {
    const port = await serve(socket => {
      const talk = setInterval(() => socket.write('x'.repeat(1_000)), 1);
      socket.once('close', () => clearInterval(talk));
    });
    const result = await dial('127.0.0.1', port, { timeoutMs: 15_000 });
    expect(result).toMatchObject({ ok: true, banner: null });
    expect(result.ms).toBeLessThan(5_000);
  });

  test('a closed port is refused', async () => {
    const port = await serve(() => {});
    await new Promise(resolve => servers.pop()?.close(resolve));
    expect(await dial('127.0.0.1', port, { timeoutMs: 5_000 })).toMatchObject({ ok: false, code: 'refused' });
  });

  test.each([
    ['closes at once', (socket: Socket) => socket.end(), ''],
    ['says so', (socket: Socket) => socket.end('Not allowed at this time\r\n'), 'Not allowed at this time'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), expect.stringContaining('ECONNRESET')],
  ])('a server that takes none from us for now, and %s, is neither down nor another', async (_how, greet, message) => {
    const port = await serve(greet);
    const result = await dial('127.0.0.1', port, { timeoutMs: 5_000 });
    expect(result).toMatchObject({ ok: false, code: 'turned-away', message });
  });

  test('an abort ends it', async () => {
    const port = await serve(() => {});
    const result = await dial('127.0.0.1', port, { timeoutMs: 60_000, signal: AbortSignal.timeout(50) });
    expect(result).toMatchObject({ ok: false, code: 'timeout', message: 'interrupted' });
  });
});

describe('whose end is it', () => {
  const status = makeStatus([]);

  test.each([
    ['100.64.0.1', true],
    ['::ffff:100.64.0.1', true],
    ['FD7A:115C:A1E0::1', true],
    ['192.168.1.20', false],
    ['100.64.0.11', false],
    ['', false],
  ])('%s: %s', (address, ours) => {
    expect(isOurEnd(address, status)).toBe(ours);
  });

  test('nothing is ours when the machine does not know itself', () => {
    expect(isOurEnd('100.64.0.1', { ...status, self: null })).toBe(false);
  });

  test('the address to bind has the family of the address to reach', () => {
    expect(ourAddressFor('100.64.0.2', status)).toBe('100.64.0.1');
    expect(ourAddressFor('fd7a:115c:a1e0::2', status)).toBe('fd7a:115c:a1e0::1');
    expect(ourAddressFor('fd7a:115c:a1e0::2', makeStatus([], { self: makePeer('op', { ips: ['100.64.0.1'] }) }))).toBeNull();
  });
});
