import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { emptyCgroup, inCgroup, isLeader, makeCgroup, pidsIn, removeCgroup, unplug } from './cgroup.ts';
import { type ExecOptions, entering, type Running, startInside } from './enter.ts';
import { type Ended, LabError, launch, must, PATIENCE, until } from './process.ts';
import { directoryOf, type HostRecord, type LabRecord, type Role } from './state.ts';
import { script, switchPid } from './switch.ts';

/** A machine of the lab: a booted Debian with systemd, sshd and tailscaled of its own. */
export class Machine {
  readonly lab: LabRecord;
  readonly record: HostRecord;
  /** Its MagicDNS name. */
  readonly fqdn: string;
  /** Pid of its sh/host.sh, when this process started it. */
  private runner: number | undefined;

  constructor(lab: LabRecord, record: HostRecord, suffix: string) {
    this.lab = lab;
    this.record = record;
    this.fqdn = `${record.name}.${suffix}`;
  }

  get name(): string {
    return this.record.name;
  }

  get role(): Role {
    return this.record.role;
  }

  /** Its tailnet address (IPv4). */
  get ip(): string {
    return this.record.ip;
  }

  /** Its address on the lab's switch, outside the tailnet. */
  get lan(): string {
    return this.record.lan;
  }

  /** Its folder on this machine: overlay, console output. */
  get directory(): string {
    return `${directoryOf(this.lab.id)}/hosts/${this.name}`;
  }

  /** Runs a command inside to its end; a string is for `sh -c`. Rejects only when the host is not running. */
  exec(command: string | readonly string[], options: ExecOptions = {}): Promise<Ended> {
    return this.spawn(command, options).done;
  }

  /** Runs a command inside and rejects with its output unless it exits 0. */
  async must(command: string | readonly string[], options: ExecOptions = {}): Promise<string> {
    const ended = await this.exec(command, options);
    if (ended.code === 0) return ended.stdout;
    throw new LabError(`${this.name}: ${command}: ${ended.signal ?? `exit ${ended.code}`}\n${ended.stderr || ended.stdout}`);
  }

  /** Starts a command inside. */
  spawn(command: string | readonly string[], options: ExecOptions = {}): Running {
    return startInside(this.commandLine(command, options), options);
  }

  /** The command line that would run a command inside, for callers with a terminal to hand over. */
  commandLine(command: string | readonly string[], options: ExecOptions = {}): string[] {
    const inside = entering(this.leader(), command, options);
    // The way in is a process of this machine, outside the host's process namespace: its group is how it ends with the host.
    return inCgroup(makeCgroup(this.lab.id, `${this.name}.in`), inside);
  }

  /** Writes a file, with the directories above it. `mode` in chmod's notation, `owner` in chown's. */
  async write(path: string, content: string | Uint8Array, options: { mode?: string; owner?: string } = {}): Promise<void> {
    const program = 'mkdir -p "${1%/*}/" && cat > "$1" && chmod "$2" "$1" && chown "$3" "$1"';
    await this.must(['sh', '-c', program, 'sh', path, options.mode ?? '0644', options.owner ?? 'root:root'], { input: content });
  }

  read(path: string): Promise<string> {
    return this.must(['cat', path]);
  }

  /** Copies the content of a directory of this machine into one of the host, made when missing. */
  async copyIn(from: string, path: string, owner = 'root:root'): Promise<void> {
    const unpack = this.commandLine(['sh', '-c', 'mkdir -p "$1" && tar -x -C "$1" && chown -R "$2" "$1"', 'sh', path, owner]);
    await must(['sh', '-c', 'from=$1; shift; tar -c -C "$from" . | "$@"', 'sh', from, ...unpack]);
  }

  isRunning(): boolean {
    return this.findLeader() !== undefined;
  }

  /** Power lost and back: kills PID 1 and with it everything inside. What was written stays, as in the page cache. */
  async crash(): Promise<void> {
    await unplug([this.leader()]);
    await this.ended();
  }

  /** Boots a host that is off; resolves when systemd calls itself running, ssh answers and the tailnet is back. */
  async boot(): Promise<void> {
    await this.powerOn();
    await this.running();
    await this.tailnetBack();
  }

  /** Starts the host without waiting for it. */
  async powerOn(): Promise<void> {
    if (this.isRunning()) throw new LabError(`${this.name} is running already`);
    await this.ended();
    for (const part of ['upper', 'work', 'root']) mkdirSync(`${this.directory}/${part}`, { recursive: true });
    const inside = makeCgroup(this.lab.id, this.name);
    const outside = makeCgroup(this.lab.id, `${this.name}.run`);
    const [lower, pid] = [this.lab.lower, String(switchPid(this.lab.id))];
    const argv = [script('host.sh'), lower, this.directory, pid, this.name, this.lan, this.lab.checkout, ...inside];
    this.runner = launch(inCgroup(outside, ['unshare', '--mount', 'sh', ...argv]), this.consoleLog);
  }

  /** Resolves when systemd calls itself running, which includes sshd and tailscaled. */
  async running(): Promise<void> {
    await until(`${this.name} to boot (${this.consoleLog})`, PATIENCE, () => {
      if (this.gaveUp())
        throw new LabError(`${this.name} did not boot:\n${this.console().trimEnd().split('\n').slice(-5).join('\n')}`);
      const leader = this.findLeader();
      return leader !== undefined && existsSync(`/proc/${leader}/root/run/systemd/private`);
    });
    const state = await this.exec(['systemctl', 'is-system-running', '--wait'], { timeoutMs: PATIENCE });
    if (state.stdout.trim() === 'running') return;
    const failed = await this.exec('systemctl --failed --no-legend --plain; systemctl list-jobs --no-legend');
    throw new LabError(`${this.name} is ${state.stdout.trim() || state.stderr}:\n${failed.stdout}`);
  }

  /** Resolves when tailscaled is connected again; at once for a host that never joined. */
  async tailnetBack(): Promise<void> {
    if (this.ip === '') return;
    await until(`${this.name} to be back in the tailnet`, PATIENCE, async () => (await this.backendState()) === 'Running');
  }

  async backendState(): Promise<string> {
    const status = await this.exec(['tailscale', 'status', '--json', '--peers=false'], { timeoutMs: 20_000 });
    return status.code === 0 ? (JSON.parse(status.stdout) as { BackendState: string }).BackendState : 'NoState';
  }

  /** What it printed on its console, over all boots. */
  console(): string {
    return existsSync(this.consoleLog) ? readFileSync(this.consoleLog, 'utf8') : '';
  }

  private get consoleLog(): string {
    return `${this.directory}/console.log`;
  }

  /** True once nothing tries to run it any more. */
  private gaveUp(): boolean {
    return this.runner !== undefined && !existsSync(`/proc/${this.runner}`);
  }

  private async ended(): Promise<void> {
    for (const group of [this.name, `${this.name}.run`, `${this.name}.wire`, `${this.name}.in`]) {
      await emptyCgroup(this.lab.id, group);
      await removeCgroup(this.lab.id, group);
    }
  }

  /** Runs a program of this machine in the host's network namespace only. */
  inNetwork(argv: readonly string[]): Promise<string> {
    return must(['nsenter', '--target', String(this.leader()), '--net', ...argv]);
  }

  private findLeader(): number | undefined {
    return pidsIn(this.lab.id, this.name).find(isLeader);
  }

  private leader(): number {
    const leader = this.findLeader();
    if (leader === undefined) throw new LabError(`${this.name} is off: boot it first`);
    return leader;
  }
}
