import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { inCgroup, kill, makeCgroup, pidsIn } from './cgroup.ts';
import type { ControlPlane } from './control.ts';
import type { Host } from './host.ts';
import { LabError, launch, must, PATIENCE, untilFrom } from './process.ts';
import { plugged } from './switch.ts';

const ADDRESS = '10.77.0.2';
const HEADSCALE_URL = `http://${ADDRESS}:8080`;
/** Owner of the operators; hosts belong to tags. */
const USER = 'dev';

export interface SshRule {
  readonly action: 'accept' | 'check';
  readonly src: readonly string[];
  readonly dst: readonly string[];
  readonly users: readonly string[];
}

/** A headscale policy file (https://headscale.net/stable/ref/acls/). */
export interface Policy {
  readonly tagOwners?: Readonly<Record<string, readonly string[]>>;
  readonly acls: readonly { action: 'accept'; src: readonly string[]; dst: readonly string[] }[];
  readonly ssh?: readonly SshRule[];
  readonly nodeAttrs?: readonly { target: readonly string[]; attr: readonly string[] }[];
}

/** Control plane A: policy with tags, peers hidden by rules, check mode. No certificates, no Funnel. */
export class Headscale implements ControlPlane {
  readonly suffix = 'lab.test';
  private readonly id: string;
  private readonly directory: string;
  private readonly program: string;
  private readonly hosts: () => readonly Host[];

  constructor(id: string, directory: string, program: string, hosts: () => readonly Host[]) {
    this.id = id;
    this.directory = `${directory}/control`;
    this.program = program;
    this.hosts = hosts;
  }

  async start(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    writeFileSync(`${this.directory}/config.yaml`, config(this.directory, this.suffix));
    this.writePolicy(this.openPolicy());
    const groups = makeCgroup(this.id, 'control');
    const argv = [this.program, 'serve', '--config', `${this.directory}/config.yaml`];
    const server = launch(inCgroup(groups, plugged(this.id, 'control', ADDRESS, argv)), `${this.directory}/log`);
    await untilFrom(server, `headscale (${this.directory}/log)`, PATIENCE, () => existsSync(`${this.directory}/headscale.sock`));
    await this.cli('users', 'create', USER);
  }

  async joinFlags(host: Host): Promise<string[]> {
    const { tags } = host.record;
    // The lab's one user is the database's first.
    const owner = tags.length === 0 ? ['--user', '1'] : ['--tags', tags.join(',')];
    const made = JSON.parse(await this.cli('preauthkeys', 'create', '--reusable', '--expiration', '1h', ...owner)) as {
      key: string;
    };
    return [`--login-server=${HEADSCALE_URL}`, `--auth-key=${made.key}`];
  }

  /** Runs headscale's own command line, answering in JSON. */
  cli(...args: string[]): Promise<string> {
    return must([this.program, ...args, '--config', `${this.directory}/config.yaml`, '--output', 'json'], {
      timeoutMs: PATIENCE,
    });
  }

  /** Everybody may reach everybody; ssh to hosts for their people; nobody phones out to look for a captive portal. */
  openPolicy(): Policy {
    return {
      tagOwners: { 'tag:server': [`${USER}@`], 'tag:ci': [`${USER}@`] },
      acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }],
      ssh: [{ action: 'accept', src: [`${USER}@`, 'tag:ci'], dst: ['tag:server'], users: ['root', 'autogroup:nonroot'] }],
      nodeAttrs: [{ target: ['*'], attr: ['disable-captive-portal-detection'] }],
    };
  }

  /**
   * Puts a policy in force and resolves when every joined node has a new network map, or after 2.5 s and thirty looks,
   * which take longer on a busy machine: a policy that changes nothing for a node sends it nothing.
   */
  async setPolicy(policy: Policy): Promise<void> {
    const joined = this.hosts().filter(host => host.ip !== '' && host.isRunning());
    const before = await Promise.all(joined.map(networkMap));
    this.writePolicy(policy);
    const server = pidsIn(this.id, 'control');
    if (server.length === 0) throw new LabError('headscale is not running');
    for (const pid of server) kill(pid, 'SIGHUP');
    const end = performance.now() + 2500;
    await Promise.all(
      joined.map(async (host, index) => {
        for (let looks = 0; looks < 30 || performance.now() < end; looks++) {
          if (![before[index], ''].includes(await networkMap(host))) return;
          await new Promise(resolve => setTimeout(resolve, 50));
        }
      }),
    );
  }

  /** Headscale sees by itself who is there. */
  async markOnline(): Promise<void> {}

  async expireKey(host: Host): Promise<void> {
    await this.cli('nodes', 'expire', '--identifier', await this.nodeId(host));
  }

  async renewKey(host: Host): Promise<void> {
    await this.cli('nodes', 'expire', '--disable', '--identifier', await this.nodeId(host));
    const flags = await this.joinFlags(host);
    const up = ['tailscale', 'up', ...flags, `--hostname=${host.name}`, '--force-reauth', '--timeout=20s'];
    // headscale tells of the new expiry while the login is under way: now and then tailscaled drops the login for it, and waits.
    let ended = await host.exec(up, { timeoutMs: 30_000 });
    for (let again = 0; again < 2 && ended.code !== 0; again++) ended = await host.exec(up, { timeoutMs: 30_000 });
    if (ended.code !== 0) throw new LabError(`${host.name} could not log in again: ${ended.stderr}`);
  }

  async hideFromOperators(hidden: readonly string[]): Promise<void> {
    const ips = (wanted: (host: Host) => boolean) =>
      this.hosts()
        .filter(wanted)
        .map(host => host.ip);
    const visible = ips(host => !hidden.includes(host.name));
    const hosts = ips(host => host.role === 'host');
    const among = (src: string[]) => ({ action: 'accept' as const, src, dst: src.map(ip => `${ip}:*`) });
    await this.setPolicy({ ...this.openPolicy(), ...(hidden.length === 0 ? {} : { acls: [among(visible), among(hosts)] }) });
  }

  /** Headscale's number of a host's node, as its command line wants it. */
  async nodeId(host: Host): Promise<string> {
    const nodes = JSON.parse(await this.cli('nodes', 'list')) as { id: number; ip_addresses: string[] }[];
    const node = nodes.find(candidate => candidate.ip_addresses.includes(host.ip));
    if (!node) throw new LabError(`headscale does not know ${host.name} (${host.ip})`);
    return String(node.id);
  }

  private writePolicy(policy: Policy): void {
    writeFileSync(`${this.directory}/policy.json`, JSON.stringify(policy, null, 2));
  }
}

/** What policy decides in a node's network map: its peers, who may reach it, who may ssh in. Empty when it did not say. */
async function networkMap(host: Host): Promise<string> {
  const shown = await host.exec(['tailscale', 'debug', 'netmap'], { timeoutMs: 20_000 });
  if (shown.code !== 0) return '';
  const map = JSON.parse(shown.stdout) as { Peers?: { Name: string }[]; PacketFilterRules?: unknown; SSHPolicy?: unknown };
  return JSON.stringify([map.Peers?.map(peer => peer.Name), map.PacketFilterRules, map.SSHPolicy]);
}

function config(directory: string, suffix: string): string {
  return JSON.stringify({
    server_url: HEADSCALE_URL,
    listen_addr: `${ADDRESS}:8080`,
    metrics_listen_addr: '',
    grpc_listen_addr: '127.0.0.1:50443',
    noise: { private_key_path: `${directory}/noise.key` },
    prefixes: { v4: '100.64.0.0/10', v6: 'fd7a:115c:a1e0::/48' },
    derp: {
      server: {
        ...{ enabled: true, region_id: 999, region_code: 'lab', region_name: 'lab', verify_clients: true },
        ...{ stun_listen_addr: '0.0.0.0:3478', private_key_path: `${directory}/derp.key`, ipv4: ADDRESS },
        automatically_add_embedded_derp_region: true,
      },
      urls: [],
      paths: [],
      auto_update_enabled: false,
    },
    disable_check_updates: true,
    database: { type: 'sqlite', sqlite: { path: `${directory}/db.sqlite` } },
    policy: { mode: 'file', path: `${directory}/policy.json` },
    dns: { magic_dns: true, base_domain: suffix, override_local_dns: false, nameservers: { global: [] } },
    unix_socket: `${directory}/headscale.sock`,
    unix_socket_permission: '0700',
    logtail: { enabled: false },
    log: { level: 'info' },
  });
}
