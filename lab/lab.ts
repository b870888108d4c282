import type { ControlPlane } from './control.ts';
import { Headscale } from './headscale.ts';
import { Host } from './host.ts';
import { LabError } from './process.ts';
import { directoryOf, type LabRecord, saveRecord, sweep } from './state.ts';
import { TestControl } from './testcontrol.ts';

/** A running lab: a tailnet of its own with its machines. */
export class Lab {
  readonly record: LabRecord;
  readonly control: ControlPlane;
  readonly machines: readonly Host[];
  private readonly hidden = new Set<string>();
  private readonly letGo: () => void;

  constructor(record: LabRecord, programs: { headscale: string; control: string }, letGo: () => void) {
    this.record = record;
    const directory = directoryOf(record.id);
    this.control =
      record.control === 'headscale'
        ? new Headscale(record.id, directory, programs.headscale, () => this.machines)
        : new TestControl(record.id, directory, programs.control);
    this.machines = record.hosts.map(host => new Host(record, host, this.control, () => this.machines, this.hidden));
    this.letGo = letGo;
  }

  get id(): string {
    return this.record.id;
  }

  /** MagicDNS suffix of the tailnet. */
  get suffix(): string {
    return this.control.suffix;
  }

  get operators(): Host[] {
    return this.machines.filter(machine => machine.role === 'operator');
  }

  /** The first operator. */
  get operator(): Host {
    const [first] = this.operators;
    if (!first) throw new LabError(`lab ${this.id} has no operator`);
    return first;
  }

  get hosts(): Host[] {
    return this.machines.filter(machine => machine.role === 'host');
  }

  /** The machine of this name, operators included. */
  host(name: string): Host {
    const found = this.machines.find(machine => machine.name === name);
    if (!found) throw new LabError(`lab ${this.id} has no ${name}; it has ${this.machines.map(each => each.name).join(', ')}`);
    return found;
  }

  /** The control plane as headscale, for its policy. */
  get headscale(): Headscale {
    if (this.control instanceof Headscale) return this.control;
    throw new LabError(`lab ${this.id} runs the test control server, not headscale`);
  }

  /** The control plane as the test control server, for its ssh policy and capabilities. */
  get testcontrol(): TestControl {
    if (this.control instanceof TestControl) return this.control;
    throw new LabError(`lab ${this.id} runs headscale, not the test control server`);
  }

  /** Joins a machine that is up to the tailnet. */
  async join(machine: Host): Promise<void> {
    const flags = await this.control.joinFlags(machine);
    await machine.must(['tailscale', 'up', ...flags, `--hostname=${machine.name}`, '--timeout=60s'], { timeoutMs: 70_000 });
    machine.record.ip = (await machine.must(['tailscale', 'ip', '-4'])).trim();
    saveRecord(this.record);
  }

  /** Ends the lab and everything of it. */
  async down(): Promise<void> {
    await sweep(this.id);
    this.letGo();
  }
}
