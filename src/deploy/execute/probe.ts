import { lookup } from 'node:dns';
import type { ClientRequest } from 'node:http';
import { connect, isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback, type ProbeTarget, readProbeTarget } from '../../config/sections/apps/probe-target.ts';
import { isTailnetAddress } from '../../config/sections/hosts/names.ts';
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

/** Whom questions may be for: nobody else is asked, whoever wrote them down. */
export interface Asked {
  /** The host's own name: connections to it go this way. */
  name: string;
  way: Way;
  /** What else hosts of ops.yaml are called: connections to them end at a tailnet address. */
  others: ReadonlySet<string>;
}

export interface ProbeResult {
  ok: boolean;
  observed: string;
  /** How it was asked, in words: `over the tailnet`. */
  way: string;
  attempts: number;
}

/** Asks until the answer is the expected one, the attempts are used up, or the signal ends it. */
export async function probeFromHere(runner: Runner, probe: ProbeStep, asked: Asked, signal: AbortSignal): Promise<ProbeResult> {
  const question = questionOf(probe, asked);
  if (question === null) return { ok: false, observed: 'it is for no host of ops.yaml', way: 'not asked', attempts: 0 };
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

interface Question extends ProbeTarget {
  /** null: another host of ops.yaml, by the name that the resolver of this machine looks up. */
  way: Way | null;
  /** The address of ours that a connection has to leave from; null = any. */
  bind: string | null;
}

/** Null when nobody may be asked: a release that a host tells of has the questions that this host says it has. */
function questionOf(probe: ProbeStep, { name, way, others }: Asked): Question | null {
  const target = readProbeTarget(probe.target);
  if (target === null || (target.url === null) !== (probe.type === 'tcp')) return null;
  const { host } = target;
  const bind = way.kind === 'tailnet' ? way.bind : null;
  if (host === name || host === way.address) return { ...target, way, bind };
  if (way.kind === 'local' && isLoopback(host)) return { ...target, way: { kind: 'local', address: host }, bind };
  return others.has(host) && (isIP(host) === 0 || isTailnetAddress(host)) ? { ...target, way: null, bind } : null;
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
function open({ host, port, way, bind }: Question, signal: AbortSignal): Promise<Duplex> {
  if (way?.kind === 'carried') return Promise.resolve(openStream('tailscale', withPort(way.words, port)));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: way?.address ?? host,
      port,
      signal,
      ...(way === null && { lookup: lookupInTailnet, family: isIP(bind ?? '') }),
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      const from = socket.localAddress ?? '';
      if (bind === null || from === bind) return resolve(socket);
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

/** A name that leads elsewhere is not connected to, in the very look-up that is. */
const lookupInTailnet: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const address = error ? undefined : found.find(each => isTailnetAddress(each.address));
    const elsewhere = new OpsError('operator-probe', 'failed', `${host} leads to no tailnet address here`);
    if (address === undefined) done(error ?? elsewhere, '', 0);
    else if (options.all) done(null, [address]);
    else done(null, address.address, address.family);
  });
};

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
