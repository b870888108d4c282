import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeFromHere, type Way } from '../../../src/deploy/execute/probe.ts';
import type { ProbeStep } from '../../../src/deploy/steps.ts';
import { LocalRunner } from '../../../src/exec/local.ts';

let server: Server;
let port = 0;
let closed = 0;
/** Requests that came. */
let seen = 0;

beforeAll(async () => {
  server = createHttpServer((request, response) => {
    seen += 1;
    response.statusCode = request.url === '/health' ? 200 : request.url === '/away' ? 302 : 404;
    response.setHeader('location', '/health');
    response.end(`asked for ${request.headers.host}`);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  const gone = createServer();
  await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve));
  closed = (gone.address() as AddressInfo).port;
  await new Promise(resolve => gone.close(resolve));
});

afterAll(() => new Promise(resolve => server.close(resolve)));

const NAME = 'web1.lab.test';
const address = '127.0.0.1';
const TAILNET: Way = { kind: 'tailnet', address, bind: '127.0.0.1' };
/** What `tailscale nc` does: connect, or fail; then carry, until either side ends. */
const NC = `const s = require('net').connect({ host: process.argv[1], port: process.argv[2] });
s.on('error', e => { console.error('Dial: ' + e.code); process.exit(1); });
s.on('connect', () => { process.stdin.on('end', () => process.exit(0)); process.stdin.pipe(s); s.pipe(process.stdout); });
s.on('end', () => process.exit(0));`;
const CARRIED: Way = { kind: 'carried', address, words: [process.execPath, '-e', NC, address, '22'] };
const VIA: Way = { kind: 'via', address };

function ask(probe: Partial<ProbeStep>, way: Way, signal = new AbortController().signal) {
  const whole: ProbeStep = {
    kind: 'probe',
    id: 'p',
    type: 'http',
    target: `http://${NAME}:${port}/health`,
    from: 'operator',
    status: [200],
    contains: NAME,
    names: false,
    port: null,
    through: null,
    attempts: 2,
    intervalMs: 1,
    timeoutMs: 2_000,
    ...probe,
  };
  return probeFromHere(
    new LocalRunner(),
    whole,
    { name: NAME, way, others: new Set(['web2.lab.test', 'localhost', '127.0.0.2', '100.64.0.99']) },
    signal,
  );
}

test.each([
  ['tailnet', TAILNET, 'over the tailnet'],
  ['carried', CARRIED, 'over the tailnet'],
  ['via', VIA, 'by 127.0.0.1 (break-glass)'],
  ['local', { kind: 'local', address } as Way, 'on this machine'],
])('%s: the host is asked by its name, whatever the resolver knows', async (_, way, words) => {
  expect(await ask({}, way)).toEqual({ ok: true, observed: '200', way: words, attempts: 1 });
  expect(await ask({ target: `http://${NAME}:${port}/` }, way)).toMatchObject({ ok: false, observed: '404', attempts: 2 });
  expect(await ask({ contains: 'else' }, way)).toMatchObject({ ok: false, observed: '200 without "else"' });
  expect(await ask({ type: 'tcp', target: `${NAME}:${port}` }, way)).toMatchObject({ ok: true, observed: 'accepts connections' });
});

test('what answers to an address that is not ours is not believed, and nothing is sent to it', async () => {
  const stray: Way = { ...TAILNET, kind: 'tailnet', bind: '100.64.0.9' };
  const observed = 'asked from 127.0.0.1, which is no tailnet address of this machine';
  expect(await ask({}, stray)).toMatchObject({ ok: false, observed });
  expect(await ask({ type: 'tcp', target: `${NAME}:${port}` }, stray)).toMatchObject({ ok: false, observed });
});

/** Whatever a release says that it is to be asked: it is a host that tells, and this machine that would ask. */
test.each([
  'http://PORT.other.test:PORT/health',
  'http://localhost.:PORT/health',
  'http://localtest.me:PORT/health',
  'http://2130706434:PORT/health',
  'http://0x7f.2:PORT/health',
  'http://0177.0.0.2:PORT/health',
  'http://127.2:PORT/health',
  'http://[::1]:PORT/health',
  'http://[::]:PORT/health',
  'http://[::ffff:127.0.0.1]:PORT/health',
  'http://0.0.0.0:PORT/health',
  'http://127.0.0.2:PORT/health',
  'http://169.254.169.254/latest/meta-data',
  'http://[fe80::1]:PORT/health',
  'http://\u{ff12}\u{ff11}30706433:PORT/health',
  `http://${NAME}@127.0.0.1:PORT/health`,
  `http://127.0.0.1:PORT@${NAME}:PORT/health`,
  `http://${NAME}.evil.test:PORT/health`,
  `http://${NAME}.:PORT/health`,
  `ftp://${NAME}:PORT/`,
  `file:///etc/passwd`,
  'no url at all',
  'http://256.1.1.1.1/',
  '',
])('%s is not asked from here', async written => {
  const target = written.replaceAll('PORT', String(port));
  seen = 0;
  const far: Way = { ...VIA, address: '100.64.0.9' };
  expect(await ask({ target, contains: null }, far)).toMatchObject({
    ok: false,
    observed: 'it is for no host of ops.yaml',
    attempts: 0,
  });
  const bare = target.replace(/^http:\/\/|\/health$/g, '');
  expect(await ask({ target: bare, type: 'tcp' }, far)).toMatchObject({ ok: false, attempts: 0 });
  expect(seen).toBe(0);
});

test('another host of ops.yaml is asked at a tailnet address, or not at all', async () => {
  seen = 0;
  const elsewhere = { ok: false, observed: 'localhost leads to no tailnet address here' };
  expect(await ask({ target: `http://localhost:${port}/health` }, TAILNET)).toMatchObject(elsewhere);
  expect(await ask({ target: `localhost:${port}`, type: 'tcp' }, TAILNET)).toMatchObject(elsewhere);
  expect(await ask({ target: `http://127.0.0.2:${port}/health` }, TAILNET)).toMatchObject({ ok: false, attempts: 0 });
  expect(seen).toBe(0);
});

test('the machine itself is asked where it is the host', async () => {
  const here: Way = { kind: 'local', address };
  for (const host of ['localhost', '127.0.0.1', '0x7f.1'])
    expect(await ask({ target: `http://${host}:${port}/health`, contains: null }, here)).toMatchObject({
      ok: true,
      way: 'on this machine',
    });
});

test('an answer that sends elsewhere is an answer, and nobody goes there', async () => {
  seen = 0;
  expect(await ask({ target: `http://${NAME}:${port}/away` }, TAILNET)).toMatchObject({
    ok: false,
    observed: '302',
    attempts: 2,
  });
  expect(seen).toBe(2);
});

test.each([
  ['tailnet', TAILNET, /^ECONNREFUSED$/],
  ['carried', CARRIED, /ECONNREFUSED|ECONNRESET|exit code 1/],
])('%s: where nobody listens it fails after all its attempts', async (_, way, observed) => {
  const http = await ask({ target: `http://${NAME}:${closed}/` }, way);
  expect(http).toMatchObject({ ok: false, attempts: 2, observed: expect.stringMatching(observed) });
  const tcp = await ask({ type: 'tcp', target: `${NAME}:${closed}` }, way);
  expect(tcp).toMatchObject({ ok: false, attempts: 2, observed: expect.stringMatching(/ECONNREFUSED/) });
});

test('an interruption ends it, and counts only what was tried', async () => {
  const abort = new AbortController();
  const asked = ask({ target: `http://${NAME}:${port}/`, attempts: 9, intervalMs: 60_000 }, TAILNET, abort.signal);
  setTimeout(() => abort.abort(), 100);
  expect(await asked).toMatchObject({ ok: false, observed: 'interrupted', attempts: 1 });
});
