import type { ControlPlane } from './control.ts';
import { mend, narrow, sever, shaper, stretch } from './link.ts';
import { Machine } from './machine.ts';
import { PATIENCE, until } from './process.ts';
import type { HostRecord, LabRecord } from './state.ts';

/** What `tailscale status --json` of one machine says about another. */
export interface PeerView {
  readonly ID: string;
  readonly HostName: string;
  readonly DNSName: string;
  readonly TailscaleIPs: readonly string[];
  readonly Online: boolean;
  readonly Expired?: boolean;
  readonly KeyExpiry?: string;
  readonly CurAddr: string;
  readonly Relay: string;
}

const RELAY_DROP_IN = '/etc/systemd/system/tailscaled.service.d/relay-only.conf';

/** A machine of the lab with everything that can happen to it. Each fault has its undo beside it. */
export class Host extends Machine {
  private readonly control: ControlPlane;
  private readonly neighbours: () => readonly Host[];
  private readonly hidden: Set<string>;

  /** `neighbours` are all machines of the lab, `hidden` its one set of hidden names. */
  constructor(lab: LabRecord, record: HostRecord, control: ControlPlane, neighbours: () => readonly Host[], hidden: Set<string>) {
    super(lab, record, control.suffix);
    this.control = control;
    this.neighbours = neighbours;
    this.hidden = hidden;
  }

  // ── in the tailnet ──

  /** Every peer this machine knows of. */
  async peers(): Promise<PeerView[]> {
    const status = JSON.parse(await this.must(['tailscale', 'status', '--json'])) as { Peer?: Record<string, PeerView> | null };
    return Object.values(status.Peer ?? {});
  }

  /** How this machine sees another one; undefined when it does not. */
  async peer(other: Host): Promise<PeerView | undefined> {
    return (await this.peers()).find(peer => peer.TailscaleIPs.includes(other.ip));
  }

  /**
   * Stops tailscaled and resolves when the operators see it offline: with headscale after ten seconds, which it gives a
   * node to come back; with the test control server at once. `unseen`: resolves as soon as it has stopped.
   */
  async offline(options: { unseen?: boolean } = {}): Promise<void> {
    await this.must(['systemctl', 'stop', 'tailscaled.service']);
    if (options.unseen) return;
    await this.control.markOnline(this, false);
    await this.seenByOperators(peer => peer?.Online === false);
  }

  async online(): Promise<void> {
    await this.must(['systemctl', 'start', 'tailscaled.service']);
    await this.tailnetBack();
    await this.control.markOnline(this, true);
    await this.seenByOperators(peer => peer?.Online === true);
  }

  /** Lets tailscaled talk to its peers through DERP only, or again as it likes. Restarts it. */
  async relayOnly(on: boolean): Promise<void> {
    if (on) await this.write(RELAY_DROP_IN, '[Service]\nEnvironment=TS_DEBUG_ALWAYS_USE_DERP=1\n');
    else await this.must(['rm', '-f', RELAY_DROP_IN]);
    await this.must('systemctl daemon-reload && systemctl restart tailscaled.service');
    await this.tailnetBack();
  }

  /** Ends the validity of its node key; resolves when the operators see it expired. */
  async expireKey(): Promise<void> {
    await this.control.expireKey(this);
    await this.seenByOperators(peer => peer?.Expired === true);
  }

  async renewKey(): Promise<void> {
    await this.control.renewKey(this);
    await this.seenByOperators(peer => peer !== undefined && peer.Expired !== true);
  }

  /** Leaves no access rule between it and the operators; resolves when it has vanished for them (headscale only). */
  async hide(): Promise<void> {
    this.hidden.add(this.name);
    await this.control.hideFromOperators([...this.hidden]);
    await this.seenByOperators(peer => peer === undefined);
  }

  async unhide(): Promise<void> {
    this.hidden.delete(this.name);
    await this.control.hideFromOperators([...this.hidden]);
    await this.seenByOperators(peer => peer !== undefined);
  }

  /** Boots it as any machine, then waits until packets pass between it and the operators (or, for an operator, the hosts). */
  override async boot(): Promise<void> {
    await super.boot();
    const others = this.neighbours().filter(
      other => other.role !== this.role && !this.hidden.has(other.name) && other.isRunning(),
    );
    await Promise.all(others.map(other => (this.role === 'operator' ? this.reaches(other) : other.reaches(this))));
  }

  /**
   * Resolves when packets pass through the tunnel from this machine to another one. Being called online is not enough: until
   * both know of each other the first handshake is lost, and WireGuard takes five seconds to its next.
   */
  async reaches(other: Host): Promise<void> {
    if (this.ip === '' || other.ip === '') return;
    const ping = ['tailscale', 'debug', 'localapi', 'POST', `/localapi/v0/ping?ip=${other.ip}&type=TSMP`];
    await until(`${this.name} to reach ${other.name}`, PATIENCE, async () => {
      const answer = await this.exec(ping, { timeoutMs: 2000 });
      return answer.stdout.includes('"Err":""');
    });
  }

  private async seenByOperators(wanted: (peer: PeerView | undefined) => boolean): Promise<void> {
    const operators = this.neighbours().filter(other => other.role === 'operator' && other !== this && other.isRunning());
    await Promise.all(operators.map(operator => operator.sees(this, wanted)));
  }

  // ── on the wire; all of these end when the machine boots anew ──

  /** Adds `ms` to every round trip between it and the others; 0 ends it. */
  delay(ms: number): Promise<void> {
    return stretch(this.lab, this.name, ms);
  }

  /** Limits its link to `kbit` per second each way; null ends it. */
  async slow(kbit: number | null): Promise<void> {
    await narrow(this.lab, this.name, kbit);
    await this.inNetwork(
      kbit === null
        ? ['sh', '-c', 'tc qdisc del dev eth0 root 2>/dev/null || :']
        : ['tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...shaper(kbit)],
    );
  }

  /** Loses everything it sends and is sent, silently: a laptop that fell asleep. */
  fallAsleep(): Promise<void> {
    return sever(this.lab, this.name);
  }

  wakeUp(): Promise<void> {
    return mend(this.lab, this.name);
  }

  /** Loses, silently, what comes from and goes to another machine over the tailnet. */
  async dropFrom(other: Host): Promise<void> {
    const [there, back] = [`ip saddr ${other.ip} drop`, `ip daddr ${other.ip} drop`];
    const incoming = `chain in { type filter hook input priority -300; ${there}; }`;
    const outgoing = `chain out { type filter hook output priority -300; ${back}; }`;
    await this.inNetwork(['nft', `table inet ${dropTable(other)} {\n${incoming}\n${outgoing}\n}`]);
  }

  async acceptFrom(other: Host): Promise<void> {
    await this.inNetwork(['nft', 'delete', 'table', 'inet', dropTable(other)]);
  }

  /** Breaks every ssh connection to it, as when a network drops; sshd itself stays. */
  async cutSsh(): Promise<void> {
    // Where the kernel cannot abort sockets (no INET_DIAG_DESTROY), end sshd's side of each session.
    await this.must(
      'ss --kill --no-header --tcp state established sport = :22 >/dev/null 2>&1; [ -z "$(ss -Htn state established sport = :22)" ] || pkill -KILL -f \'^sshd: .*(@|\\[priv\\])\'',
    );
  }

  // ── on its disk ──

  /** Puts a small empty disk at `path`, which is created when missing; what was there is covered until `unlimitDisk`. */
  async limitDisk(path: string, size: { bytes?: number; inodes?: number }): Promise<void> {
    const options = [
      'mode=0755',
      ...(size.bytes === undefined ? [] : [`size=${size.bytes}`]),
      ...(size.inodes === undefined ? [] : [`nr_inodes=${size.inodes}`]),
    ];
    await this.must(['sh', '-c', 'mkdir -p "$1" && mount -t tmpfs -o "$2" lab-disk "$1"', 'sh', path, options.join(',')]);
  }

  async unlimitDisk(path: string): Promise<void> {
    await this.must(['umount', '--lazy', path]);
  }

  /** Fills what is left of the (limited) disk at `path` with a file; returns its path. */
  async fillDisk(path: string): Promise<string> {
    const file = `${path}/.filled`;
    await this.must([
      'sh',
      '-c',
      '[ "$(findmnt -no SOURCE "$1")" = lab-disk ] && { cat /dev/zero > "$2" || :; } 2>/dev/null',
      'sh',
      path,
      file,
    ]);
    return file;
  }

  // ── what happened on it ──

  /** A point in its sshd's log, for `countSessions`. */
  async sshMark(): Promise<string> {
    const shown = await this.must(['journalctl', '--lines=0', '--show-cursor', '--quiet']);
    return shown.trim().replace(/^-- cursor: /, '');
  }

  /** How many sessions (remote executions, shells, subsystems) sshd started since a mark. */
  async countSessions(mark: string): Promise<number> {
    await this.must(['journalctl', '--sync']);
    // Not by unit: what sshd logs after the login belongs to the session's scope.
    const log = await this.must(['journalctl', '--identifier=sshd', '--output=cat', `--after-cursor=${mark}`, '--quiet']);
    return log.split('\n').filter(line => line.startsWith('Starting session: ')).length;
  }

  /** Resolves when this machine sees another one the way `wanted` says. */
  async sees(other: Host, wanted: (peer: PeerView | undefined) => boolean, timeoutMs = PATIENCE): Promise<void> {
    await until(`${this.name} to see ${other.name} differently`, timeoutMs, async () => wanted(await this.peer(other)));
  }
}

function dropTable(other: Host): string {
  return `lab_drop_${other.name.replaceAll('-', '_')}`;
}
