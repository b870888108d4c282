import { connect } from 'node:net';
import { NOT_NOW } from '../exec/turned-away.ts';

export type DialResult =
  | { ok: true; localAddress: string; banner: string | null; ms: number }
  | { ok: false; code: DialFailure; message: string; ms: number };
/** turned-away: closed before any banner, as sshd does to those whom it does not want for now. */
export type DialFailure = 'refused' | 'timeout' | 'unreachable' | 'turned-away';

export interface DialOptions {
  /** For the connection and the banner together, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** RFC 4253 4.2: the server may send other lines before its version; all of it is bounded here. */
const MAX_GREETING = 8_192;
const BANNER = /^SSH-[^\r\n]*/m;

/**
 * One TCP connection, which end of it is ours, and the SSH version line that greets it. A server that greets with
 * anything else gives banner null. Nothing is sent. sshd holds such a connection against us, since nobody logs in over it.
 */
export function dial(ip: string, port: number, { timeoutMs, signal }: DialOptions): Promise<DialResult> {
  const started = performance.now();
  return new Promise(resolve => {
    const socket = connect({ host: ip, port });
    let greeting = '';
    let localAddress: string | null = null;
    const end = (result: DialResult) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const ms = () => performance.now() - started;
    const connected = (address: string) =>
      end({ ok: true, localAddress: address, banner: BANNER.exec(greeting)?.[0] ?? null, ms: ms() });
    const failed = (code: DialFailure, message: string) => end({ ok: false, code, message, ms: ms() });
    const giveUp = (message: string) => (localAddress === null ? failed('timeout', message) : connected(localAddress));
    const onAbort = () => failed('timeout', 'interrupted');
    const timer = setTimeout(() => giveUp(`no answer from ${ip}:${port} within ${timeoutMs} ms`), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    socket.once('connect', () => {
      localAddress = socket.localAddress ?? '';
    });
    socket.on('data', (chunk: Buffer) => {
      greeting += chunk.toString('latin1');
      if (greeting.length > MAX_GREETING || /^SSH-[^\n]*\n/m.test(greeting)) connected(localAddress ?? '');
    });
    socket.once('end', () => {
      if (greeting === '' || NOT_NOW.test(greeting)) failed('turned-away', greeting.trim());
      else connected(localAddress ?? '');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => failed(failureOf(error.code), `${ip}:${port}: ${error.message}`));
  });
}

function failureOf(code: string | undefined): DialFailure {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'turned-away';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}
