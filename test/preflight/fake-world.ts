import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandSpec, Result, Runner, RunOptions } from '../../src/exec/runner.ts';
import { printPins } from '../../src/tailnet/pins.ts';
import type { Pin } from '../../src/tailnet/types.ts';
import { SUFFIX } from '../tailnet/nodes.ts';
import { MACHINE_ID } from './hosts.ts';

/** What ssh does instead of running the program: lines on stderr, then an end; `hang` ends only when it is stopped. */
export interface SshTrouble {
  stderr: string;
  hang?: boolean;
}

export interface WorldOptions {
  /** Base names of nodes; all of them live on the loopback, where an ssh banner waits. */
  nodes: readonly string[];
  pins?: readonly Pin[];
  banner?: string;
  /** Of the client here. */
  sshVersion?: string;
  tun?: boolean;
  backendState?: string;
  /** Addresses that this machine's tailscaled calls its own. */
  ourIps?: readonly string[];
  offline?: readonly string[];
  /** Facts lines of a host, instead of the healthy ones. */
  facts?: (host: string) => readonly string[];
  ssh?: (host: string) => SshTrouble | null;
  /** What ssh-keyscan prints. */
  keyscan?: string;
  /** tailscaled never answers a ping. */
  deaf?: boolean;
  /** This program ends only when it is stopped. */
  hangs?: string;
}

const HEALTHY = [
  'user deploy',
  'uid 1001',
  'home /home/deploy',
  'shell /bin/bash',
  'privilege ok',
  `machine_id ${MACHINE_ID}`,
  'os Debian GNU/Linux 12 (bookworm)',
  'tool systemctl systemd 252 (252.1)',
  'tool rsync rsync  version 3.2.7  protocol version 31',
  'tool mv mv (GNU coreutils) 9.1',
  'tool cp cp (GNU coreutils) 9.1',
  'tool sync sync (GNU coreutils) 9.1',
  'tool sha256sum sha256sum (GNU coreutils) 9.1',
  'tool find find (GNU findutils) 4.9.0',
  'tool setpriv setpriv from util-linux 2.38.1',
  'tool systemd-run present',
  '/held ',
];

/** The programs that preflight starts, and a port that answers: everything beyond the process is made up, nothing within it. */
export class World implements Runner {
  readonly ran: CommandSpec[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'preflight-'));
  port = 0;
  /** To the ssh port, over which nobody logged in. */
  connections = 0;
  readonly #options: WorldOptions;
  readonly #server: Server;

  private constructor(options: WorldOptions) {
    this.#options = options;
    this.#server = createServer(socket => {
      this.connections += 1;
      socket.on('error', () => {});
      socket.end(`${options.banner ?? 'SSH-2.0-OpenSSH_9.2p1'}\r\n`);
    });
    writeFileSync(join(this.folder, 'ops.pins'), printPins(options.pins ?? []));
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await new Promise<void>(resolve => world.#server.listen(0, '127.0.0.1', resolve));
    world.port = (world.#server.address() as { port: number }).port;
    return world;
  }

  async stop(): Promise<void> {
    await new Promise(resolve => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }

  async run(spec: CommandSpec, options: RunOptions = {}): Promise<Result> {
    this.ran.push(spec);
    const words = [spec.program, ...spec.args].join(' ');
    if (spec.program === this.#options.hangs) return misbehave({ stderr: '', hang: true }, options);
    if (words === 'tailscale status --json') return ended({ stdout: this.#status() });
    if (words.includes('/localapi/v0/ping') && this.#options.deaf) return misbehave({ stderr: '', hang: true }, options);
    if (words === 'tailscale debug prefs') return ended({ stdout: JSON.stringify({ ControlURL: 'http://10.77.0.2:8080' }) });
    if (words.includes('/localapi/v0/ping')) return ended({ stdout: '{"LatencySeconds":0.012,"Endpoint":"10.0.0.1:41641"}' });
    if (words === 'ssh -V') return ended({ stderr: `OpenSSH_${this.#options.sshVersion ?? '9.2'}p1, OpenSSL 3.0.19` });
    if (words === 'rsync --version') return ended({ stdout: 'rsync  version 3.2.7  protocol version 31' });
    if (spec.program === 'ssh-keyscan') return ended({ stdout: this.#options.keyscan ?? '' });
    if (words.startsWith('tailscale nc')) return ended({ stdout: 'SSH-2.0-OpenSSH_9.2p1\n' });
    if (spec.args.includes('-O')) return ended({});
    if (spec.stdin !== undefined) return this.#program(spec, options);
    return ended({ exit: null, reason: 'not-found' });
  }

  get #software(): string {
    return (this.#options.banner ?? 'SSH-2.0-OpenSSH_9.2p1').replace(/^SSH-2\.0-/, '');
  }

  /** Commands that ran programs on hosts. */
  get onHosts(): CommandSpec[] {
    return this.ran.filter(spec => spec.stdin !== undefined);
  }

  #program(spec: CommandSpec, options: RunOptions): Promise<Result> {
    const host = spec.args[spec.args.indexOf('--') + 1]?.split('.')[0] ?? 'local';
    const trouble = this.#options.ssh?.(host);
    const greeting = `debug1: kex.c:kex_exchange_identification():1456 (pid=9): Remote protocol version 2.0, remote software version ${this.#software}`;
    const isGreeted =
      spec.args.some(arg => arg.startsWith('LogVerbose=kex.c')) &&
      !/^(ssh: connect|kex_|banner exchange)/.test(trouble?.stderr ?? '');
    if (isGreeted) options.onLine?.(greeting, 'stderr');
    if (trouble) return misbehave(trouble, options);
    const nonce = /^nonce (\S+)$/m.exec(String(spec.stdin))?.[1];
    const lines = [...(this.#options.facts?.(host) ?? HEALTHY), `clock ${Date.now() / 1000}`, 'end 0'];
    for (const line of [...lines.map(each => `@${nonce} ${each}`), 'logout']) options.onLine?.(line, 'stdout');
    return Promise.resolve(ended({}));
  }

  #status(): string {
    const { nodes, offline = [], tun = true, backendState = 'Running', ourIps = ['127.0.0.1'] } = this.#options;
    const node = (name: string, id: string, ips: readonly string[]) => ({
      ID: id,
      DNSName: `${name}.${SUFFIX}.`,
      HostName: name,
      OS: 'linux',
      TailscaleIPs: ips,
      Online: !offline.includes(name),
    });
    return JSON.stringify({
      BackendState: backendState,
      TUN: tun,
      CurrentTailnet: { MagicDNSSuffix: SUFFIX, MagicDNSEnabled: true },
      Self: node('op', '100', ourIps),
      Peer: Object.fromEntries(nodes.map(name => [name, node(name, name.replace(/\D/g, ''), ['127.0.0.1'])])),
    });
  }
}

export function healthyFacts(...instead: string[]): string[] {
  const keys = instead.map(line => line.split(' ', 1)[0]);
  return [...HEALTHY.filter(line => !keys.includes(line.split(' ', 1)[0])), ...instead];
}

function ended(part: Partial<Result>): Result {
  return { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 1, ...part };
}

/** Prints line by line as a program would; stops at the line that the caller asked for, or when it is told to end. */
async function misbehave({ stderr, hang = false }: SshTrouble, options: RunOptions): Promise<Result> {
  let printed = '';
  for (const line of stderr.split('\n')) {
    printed += `${line}\n`;
    options.onLine?.(line, 'stderr');
    if (options.stopWhen?.(line, 'stderr')) return ended({ exit: null, reason: 'stopped', stderr: printed });
  }
  if (!hang) return ended({ exit: 255, stderr: printed });
  const { signal } = options;
  if (!signal?.aborted) await new Promise(resolve => signal?.addEventListener('abort', resolve, { once: true }));
  return ended({ exit: null, reason: 'canceled', stderr: printed });
}
