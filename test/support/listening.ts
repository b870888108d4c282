import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port of this machine where this process listens, until the test is over. */
export async function listening(address = '0.0.0.0'): Promise<number> {
  const server = createServer(socket => socket.end());
  onTestFinished(() => void server.close());
  await new Promise<void>(resolve => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}
