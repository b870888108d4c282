import { join } from 'node:path';
import { withHome } from './environment.ts';
import { quoteCommand } from './quote.ts';
import { type Remote, rsyncArgs, rsyncThere } from './rsync.ts';
import { rsyncShell } from './rsync-shell.ts';
import type { CommandSpec, HostRunner, LocalSpec, Result, Runner, RunOptions, Upload } from './runner.ts';
import { bannerIn, type Greeting, withoutGreeting } from './ssh-greeting.ts';
import { type Session, type SshTarget, sshOptions } from './ssh-options.ts';

export function sshArgs(target: SshTarget, words: readonly string[], session: Session = 'shared'): string[] {
  return ['-T', ...sshOptions(target, session), '-l', target.user, '--', target.fqdn, quoteCommand(words)];
}

/** Ends the process that holds a shared connection. The name stands for a host that the socket alone says. */
export function endMasterCommand(controlPath: string): LocalSpec {
  return {
    program: 'ssh',
    environment: 'ssh',
    // No configuration: an option of the user's could stand in the way, and the socket says all there is to know.
    args: ['-F', 'none', '-O', 'exit', '-o', `ControlPath=${controlPath}`, '--', 'host'],
    deadlineMs: 2_000,
    mutates: false,
  };
}

/** One host over one multiplexed connection. */
export class SshRunner implements HostRunner {
  readonly host: string;
  readonly target: SshTarget;
  executions = 0;
  readonly #local: Runner;
  readonly #greeting = Promise.withResolvers<Greeting | null>();

  constructor(host: string, target: SshTarget, local: Runner) {
    this.host = host;
    this.target = target;
    this.#local = local;
  }

  /** Of the first execution, as soon as it comes; null when ssh ended without telling. */
  get greeting(): Promise<Greeting | null> {
    return this.#greeting.promise;
  }

  run(spec: CommandSpec, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    const words = [spec.program, ...spec.args];
    const command = (session: Session): LocalSpec => ({
      ...spec,
      program: 'ssh',
      environment: 'ssh',
      args: sshArgs(this.target, words, session),
    });
    return this.executions === 1 ? this.#connect(command('first'), options) : this.#local.run(command('shared'), options);
  }

  /** The first one makes the connection, and hears how the host greets it. */
  async #connect(command: LocalSpec, options: RunOptions = {}): Promise<Result> {
    const started = performance.now();
    const onLine: RunOptions['onLine'] = (line, stream) => {
      const banner = stream === 'stderr' ? bannerIn(line) : null;
      if (banner !== null) this.#greeting.resolve({ banner, ms: performance.now() - started });
      options.onLine?.(line, stream);
    };
    try {
      return withoutGreeting(await this.#local.run(command, { ...options, onLine }));
    } finally {
      this.#greeting.resolve(null);
    }
  }

  async upload(upload: Upload, options?: RunOptions): Promise<Result> {
    this.executions += 1;
    const ssh = withHome(['ssh', ...sshOptions(this.target), '-l', this.target.user]);
    const shell = await rsyncShell(`${this.target.controlPath}.sh`, ssh);
    return this.#local.run(uploadSpec(upload, { shell, prefix: `${this.target.fqdn}:` }), options);
  }

  /** Ends the shared connection; a host that is gone already is no error. */
  async close(): Promise<void> {
    if (this.executions === 0) return;
    await this.#local.run(endMasterCommand(this.target.controlPath));
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

function uploadSpec(upload: Upload, remote: Remote | null): LocalSpec {
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
