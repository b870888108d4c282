import { existsSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { inCgroup, makeCgroup } from './cgroup.ts';
import type { ControlPlane } from './control.ts';
import type { Host } from './host.ts';
import { LabError, launch, PATIENCE, untilFrom } from './process.ts';
import { plugged } from './switch.ts';

const ADDRESS = '10.77.0.3';

/** Tailscale's tailcfg.SSHPolicy, as far as tests stage it. */
export interface SshPolicy {
  readonly rules: readonly {
    readonly principals: readonly { any?: boolean; nodeIP?: string; userLogin?: string }[];
    /** Asked-for user → user on the host; `*`: `=` keeps the name, `''` denies. */
    readonly sshUsers: Readonly<Record<string, string>>;
    readonly action: { accept?: boolean; reject?: boolean; message?: string; holdAndDelegate?: string };
  }[];
}

/**
 * Control plane B: Tailscale's own test server. HTTPS certificates, the Funnel attribute, ssh policy changed live.
 * It has no rules to hide a peer (stage that on headscale), and a node is online until it is told otherwise.
 */
export class TestControl implements ControlPlane {
  readonly suffix = 'ctl.test';
  private readonly id: string;
  private readonly directory: string;
  private readonly program: string;

  constructor(id: string, directory: string, program: string) {
    this.id = id;
    this.directory = `${directory}/control`;
    this.program = program;
  }

  async start(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    const argv = [this.program, '-listen', `${ADDRESS}:9911`, '-domain', this.suffix, '-admin', this.socket];
    const server = launch(
      inCgroup(makeCgroup(this.id, 'control'), plugged(this.id, 'control', ADDRESS, argv)),
      `${this.directory}/log`,
    );
    await untilFrom(server, `the control server (${this.directory}/log)`, PATIENCE, () => existsSync(this.socket));
  }

  async joinFlags(host: Host): Promise<string[]> {
    const tags = host.record.tags.length === 0 ? [] : [`--advertise-tags=${host.record.tags.join(',')}`];
    return [`--login-server=http://${ADDRESS}:9911`, ...tags];
  }

  async setSshPolicy(policy: SshPolicy): Promise<void> {
    await this.admin('POST', '/ssh-policy', JSON.stringify(policy));
  }

  /** Replaces what a node may do, e.g. `{https: null}` to take Funnel away (tailcfg.NodeCapMap). */
  async setCapabilities(host: Host, capabilities: Readonly<Record<string, unknown[] | null>>): Promise<void> {
    await this.admin('POST', `/capmap?node=${host.name}`, JSON.stringify(capabilities));
  }

  /** When a node's key ends; undefined: never. Takes effect for others at once. */
  async setKeyExpiry(host: Host, at: Date | undefined): Promise<void> {
    await this.admin('POST', `/expiry?node=${host.name}`, at?.toISOString() ?? '');
  }

  async nodes(): Promise<unknown[]> {
    return JSON.parse(await this.admin('GET', '/nodes')) as unknown[];
  }

  expireKey(host: Host): Promise<void> {
    return this.setKeyExpiry(host, new Date(Date.now() - 60_000));
  }

  renewKey(host: Host): Promise<void> {
    return this.setKeyExpiry(host, undefined);
  }

  async markOnline(host: Host, online: boolean): Promise<void> {
    await this.admin('POST', `/online?node=${host.name}`, String(online));
  }

  async hideFromOperators(): Promise<void> {
    throw new LabError('the test control server has no access rules: hide peers in a headscale lab');
  }

  private get socket(): string {
    return `${this.directory}/admin.sock`;
  }

  private admin(method: string, path: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.socket, method, path }, answer => {
        let text = '';
        answer.on('data', chunk => {
          text += String(chunk);
        });
        answer.on('end', () =>
          answer.statusCode === 200
            ? resolve(text)
            : reject(new LabError(`control server, ${path}: ${answer.statusCode} ${text}`)),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}
