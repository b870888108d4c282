import type { ClientRequest } from 'node:http';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError } from '../../errors.ts';
import { openStream } from '../../exec/local.ts';
import type { Runner } from '../../exec/runner.ts';
import type { ProbeStep } from '../steps.ts';

/** How connections to the host go, whatever the resolver of this machine makes of its name. */
export type Way =
  /** They leave from this address of ours, or what answers is not believed. */
  | { kind: 'tailnet'; address: string; bind: string }
  /** Without a TUN device: a program that carries one connection; the port is its last word. */
  | { kind: 'carried'; address: string; words: readonly string[] }
  /** Break-glass. */
  | { kind: 'via'; address: string }
  | { kind: 'local'; address: string };

export interface ProbeTarget {
  /** The host's own name: connections to it go this way. */
  name: string;
  way: Way;
}

export interface ProbeResult {
  ok: boolean;
  observed: string;
  /** How it was asked, in words: `over the tailnet`. */
  way: string;
  attempts: number;
}

/** Asks until the answer is the expected one, the attempts are used up, or the signal ends it. */
export async function probeFromHere(
  runner: Runner,
  probe: ProbeStep,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const question = questionOf(probe, target);
  const way = wordsFor(question);
  for (let attempt = 1; ; attempt++) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(probe.timeoutMs)]);
    const answer = await ask(runner, probe, question, deadline).catch((error: Error & { code?: string }) => ({
      ok: false,
      observed: deadline.aborted
        ? `no answer within ${probe.timeoutMs} ms`
        : error instanceof OpsError
          ? error.message
          : (error.code ?? firstLine(error.message)),
    }));
    if (answer.ok) return { ...answer, way, attempts: attempt };
    if (attempt < probe.attempts) await sleep(probe.intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return { ok: false, observed: 'interrupted', way, attempts: attempt };
    if (attempt >= probe.attempts) return { ...answer, way, attempts: attempt };
  }
}

interface Question {
  /** null for a bare port. */
  url: URL | null;
  host: string;
  port: number;
  /** null: another name than the host's own, which the resolver of this machine looks up. */
  way: Way | null;
}

function questionOf(probe: ProbeStep, target: ProbeTarget): Question {
  const where = probe.target;
  const url = probe.type === 'http' ? new URL(where) : null;
  const at = where.lastIndexOf(':');
  const host = (url?.hostname ?? where.slice(0, at)).replace(/^\[|\]$/g, '');
  const port = url ? Number(url.port || (url.protocol === 'https:' ? 443 : 80)) : Number(where.slice(at + 1));
  return { url, host, port, way: host === target.name || host === target.way.address ? target.way : null };
}

function wordsFor({ way }: Question): string {
  if (way === null) return 'by the name that this machine resolves';
  if (way.kind === 'local') return 'on this machine';
  return way.kind === 'via' ? `by ${way.address} (break-glass)` : 'over the tailnet';
}

type Answer = { ok: boolean; observed: string };

async function ask(runner: Runner, probe: ProbeStep, question: Question, signal: AbortSignal): Promise<Answer> {
  const { url, way, port } = question;
  if (url === null && way?.kind === 'carried') return askCarriedPort(runner, way.words, port, probe.timeoutMs);
  const stream = await open(question, signal);
  // Whoever uses it hears of its errors; those that come after its end concern nobody.
  stream.on('error', () => {});
  try {
    return url === null ? { ok: true, observed: 'accepts connections' } : await askHttp(url, probe, stream, signal);
  } finally {
    stream.destroy();
  }
}

/** `tailscale nc` with nothing to say ends well when it was connected. */
async function askCarriedPort(runner: Runner, words: readonly string[], port: number, deadlineMs: number): Promise<Answer> {
  const [program = '', ...args] = withPort(words, port);
  const result = await runner.run({ program, environment: 'tailscale', args, deadlineMs, mutates: false });
  if (result.exit === 0) return { ok: true, observed: 'accepts connections' };
  const said = firstLine(result.stderr.trim()) || 'no connection';
  return { ok: false, observed: result.reason === 'deadline' ? `no answer within ${deadlineMs} ms` : said };
}

function withPort(words: readonly string[], port: number): string[] {
  return [...words.slice(0, -1), String(port)];
}

/** A connection whose own end has been looked at, before anything is sent. */
function open({ host, port, way }: Question, signal: AbortSignal): Promise<Duplex> {
  if (way?.kind === 'carried') return Promise.resolve(openStream('tailscale', withPort(way.words, port)));
  return new Promise((resolve, reject) => {
    const socket = connect({ host: way?.address ?? host, port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      const from = socket.localAddress ?? '';
      if (way?.kind !== 'tailnet' || from === way.bind) return resolve(socket);
      socket.destroy();
      reject(new OpsError('not-our-address', 'not-connected', `asked from ${from}, which is no tailnet address of this machine`));
    });
  });
}

/** Enough of a body to look for a text in it; a host is not trusted to stop. */
const MAX_BODY = 1024 * 1024;

/** Node takes 30 ms to load its http module, too much for every start of a deploy: only who asks loads it. */
async function askHttp(url: URL, probe: ProbeStep, stream: Duplex, signal: AbortSignal): Promise<Answer> {
  const request = await requestOver(url, stream, signal);
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < MAX_BODY) body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (!probe.status.includes(status)) resolve({ ok: false, observed: `${status}` });
        else if (probe.contains !== null && !body.includes(probe.contains)) {
          resolve({ ok: false, observed: `${status} without ${JSON.stringify(probe.contains)}` });
        } else resolve({ ok: true, observed: `${status}` });
      });
    });
    request.end();
  });
}

async function requestOver(url: URL, stream: Duplex, signal: AbortSignal): Promise<ClientRequest> {
  if (url.protocol === 'https:') {
    const [https, tls] = [await import('node:https'), await import('node:tls')];
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not say otherwise.
    const rejectUnauthorized = true;
    const secure = () => tls.connect({ socket: stream, host, rejectUnauthorized, ...(isIP(host) === 0 && { servername: host }) });
    return https.request(url, { signal, createConnection: secure });
  }
  const http = await import('node:http');
  return http.request(url, { signal, createConnection: () => stream });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
