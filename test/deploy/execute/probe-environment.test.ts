import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Asked, probeFromHere } from '../../../src/deploy/execute/probe.ts';
import type { ProbeStep } from '../../../src/deploy/steps.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import { need } from '../../host/support/shell.ts';

afterEach(() => vi.unstubAllEnvs());

const ready: RequestListener = (_, response) => response.end('ready');

async function listening(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const HERE: Asked = { name: 'web1.lab.test', way: { kind: 'via', address: '127.0.0.1' }, others: new Set() };

function probeOf(target: string): ProbeStep {
  return {
    ...{ kind: 'probe', id: 'p', type: 'http', target, from: 'operator', status: [200], contains: 'ready', names: false },
    ...{ port: null, through: null, attempts: 1, intervalMs: 1, timeoutMs: 5_000 },
  };
}

test('a certificate that nobody vouches for is no answer, whatever the environment says of such', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ops-tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [key, cert] = [join(dir, 'key'), join(dir, 'cert')];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=web1.lab.test', '-keyout', key, '-out', cert];
  execFileSync(need('openssl', 'openssl'), words, { stdio: 'ignore' });
  const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, ready);
  const port = await listening(server);
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const probe = probeOf(`https://web1.lab.test:${port}/`);
  const answer = await probeFromHere(new LocalRunner(), probe, HERE, new AbortController().signal);
  expect(answer).toMatchObject({ ok: false, observed: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

/** Node reads these once, when it starts: so another one asks. */
test('no proxy comes between us and the host', async () => {
  const port = await listening(createHttpServer(ready));
  const [proxy, url] = ['http://127.0.0.1:1', new URL('../../../src/', import.meta.url)];
  const env = { NODE_USE_ENV_PROXY: '1', http_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy, PATH: process.env.PATH ?? '' };
  const script = `
    import { probeFromHere } from '${url}deploy/execute/probe.ts';
    import { LocalRunner } from '${url}exec/local.ts';
    const [probe, at] = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(await probeFromHere(new LocalRunner(), probe, at, new AbortController().signal)));`;
  const asked = JSON.stringify([probeOf(`http://127.0.0.1:${port}/`), HERE]);
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, asked], { env });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, observed: '200' });
});
