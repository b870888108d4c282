import { join } from 'node:path';
import { withHome } from './environment.ts';
import { quoteCommand } from './quote.ts';
import { rsyncArgs, rsyncThere } from './rsync.ts';
import type { CommandSpec, HostRunner, LocalSpec, Result, Runner, RunOptions, Upload } from './runner.ts';

/** How to reach one host: decided by preflight, used for every execution of a run. */
export interface SshTarget {
  /** MagicDNS FQDN: the destination (so that the user's ssh config applies) and the host-key alias. */
  fqdn: string;
  /** Address to dial: the tailnet IP, or what --via says. */
  address: string;
  /** Our own tailnet address that the connection must leave from; null where a proxy or --via carries it. */
  bind: string | null;
  /** `tailscale nc` where there is no TUN device. */
  proxy: readonly string[] | null;
  port: number;
  user: string;
  key: string | null;
  /** Files made for this run. */
  knownHostsFile: string;
  controlPath: string;
}

const CONNECT_TIMEOUT_S = 10;

/**
 * All ssh options in one place. On the command line they win over the user's ssh config, which still supplies
 * identity files and agents by the host's FQDN. HostKeyAlias ignores the port, so one entry serves all sshds of a node.
 */
export function sshOptions(target: SshTarget, session: 'shared' | 'confirm' = 'shared'): string[] {
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_TIMEOUT_S}`,
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${target.knownHostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    'VerifyHostKeyDNS=no',
    // Older clients than 8.5 do not know the option, and then have nothing to switch off.
    'IgnoreUnknown=KnownHostsCommand',
    'KnownHostsCommand=none',
    'UpdateHostKeys=no',
    'CheckHostIP=no',
    'CanonicalizeHostname=no',
    `HostName=${target.address}`,
    `HostKeyAlias=${target.fqdn}`,
    `Port=${target.port}`,
    'RemoteCommand=none',
    'ProxyJump=none',
    `ProxyCommand=${target.proxy ? quoteCommand(target.proxy) : 'none'}`,
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'Tunnel=no',
    'PermitLocalCommand=no',
    'RequestTTY=no',
    'EscapeChar=none',
    // The WireGuard tunnel is encrypted already; the post-quantum exchange costs 0.1 s a connection.
    'KexAlgorithms=^curve25519-sha256',
    'LogLevel=INFO',
  ];
  if (target.bind) options.push(`BindAddress=${target.bind}`);
  if (target.key) options.push(`IdentityFile=${target.key}`, 'IdentitiesOnly=yes');
  if (session === 'confirm') options.push('ControlMaster=no', 'ControlPath=none');
  else options.push('ControlMaster=auto', `ControlPath=${target.controlPath}`, 'ControlPersist=30');
  return options.flatMap(option => ['-o', option]);
}

export function sshArgs(target: SshTarget, words: readonly string[], session: 'shared' | 'confirm' = 'shared'): string[] {
  return ['-T', ...sshOptions(target, session), '-l', target.user, '--', target.fqdn, quoteCommand(words)];
}

/** One host over one multiplexed connection. */
export class SshRunner implements HostRunner {
  readonly host: string;
  readonly target: SshTarget;
  executions = 0;
  readonly #local: Runner;

  constructor(host: string, target: SshTarget, local: Runner) {
    this.host = host;
    this.target = target;
    this.#local = local;
  }

  run(spec: CommandSpec, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    const args = sshArgs(this.target, [spec.program, ...spec.args]);
    return this.#local.run({ ...spec, program: 'ssh', environment: 'ssh', args }, options);
  }

  upload(upload: Upload, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    const shell = withHome(['ssh', ...sshOptions(this.target), '-l', this.target.user]);
    return this.#local.run(uploadSpec(upload, { shell, prefix: `${this.target.fqdn}:` }), options);
  }

  /** Ends the shared connection; a host that is gone already is no error. */
  async close(): Promise<void> {
    if (this.executions === 0) return;
    await this.#local.run({
      program: 'ssh',
      environment: 'ssh',
      args: ['-O', 'exit', '-o', `ControlPath=${this.target.controlPath}`, '--', this.target.fqdn],
      deadlineMs: 2_000,
      mutates: false,
    });
  }
}

/** The machine itself: the same verbs without ssh. */
export class SelfRunner implements HostRunner {
  readonly host: string;
  executions = 0;
  readonly #local: Runner;

  constructor(host: string, local: Runner) {
    this.host = host;
    this.#local = local;
  }

  run(spec: CommandSpec, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    return this.#local.run({ ...spec, environment: 'host' }, options);
  }

  upload(upload: Upload, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    const spec = uploadSpec(upload, null);
    const [program = spec.program, ...before] = rsyncThere(upload.as);
    return this.#local.run({ ...spec, program, args: [...before, ...spec.args] }, options);
  }

  async close(): Promise<void> {}
}

function uploadSpec(upload: Upload, remote: { shell: readonly string[]; prefix: string } | null): LocalSpec {
  return {
    program: 'rsync',
    environment: 'rsync',
    args: rsyncArgs(upload, remote),
    // rsync takes a line that begins with # or ; for a comment, a NUL behind it or not.
    stdin: upload.files.map(file => `./${file}\0`).join(''),
    stdoutByLine: true,
    deadlineMs: upload.deadlineMs,
    mutates: true,
  };
}

/** Socket paths are limited to 104 bytes on macOS; ssh adds a random suffix of 17 while it connects. */
export function controlPathFor(dir: string, index: number): string {
  return join(dir, `c${index}`);
}
