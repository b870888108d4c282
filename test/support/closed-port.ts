import { type AddressInfo, createServer } from 'node:net';

/** A port of this machine where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** A line of a spec: a question from here that nobody answers. */
export async function silentQuestion(): Promise<string> {
  return `ask seen tcp web1.lab.test:${await closedPort()} - - 1 1 2000 - - -`;
}
