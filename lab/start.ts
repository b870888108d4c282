import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Say } from './cache.ts';
import { emptyCgroup } from './cgroup.ts';
import { guard } from './guardian.ts';
import type { Host } from './host.ts';
import { makeCa, seedCertificate } from './https.ts';
import { Lab } from './lab.ts';
import { prepare } from './prepare.ts';
import { LabError, PATIENCE, until } from './process.ts';
import { ensureMachine } from './requirements.ts';
import { makeOperatorKey, seed } from './seed.ts';
import {
  type ControlKind,
  directoryOf,
  type LabRecord,
  labIds,
  type Role,
  readRecord,
  saveRecord,
  sweepOrphans,
  thisProcess,
} from './state.ts';
import { startSwitch } from './switch.ts';

export interface HostOptions {
  /** False: boots without joining the tailnet. */
  readonly joined?: boolean;
  /** Default: `tag:server` for a host; none for an operator, which then belongs to the person dev. */
  readonly tags?: readonly string[];
  /** False: tailscaled without a network device (userspace networking), as in most CI containers. */
  readonly tun?: boolean;
}

export interface LabOptions {
  /** Letters, digits, dashes; default: one nobody else has. */
  readonly id?: string;
  readonly control?: ControlKind;
  /** Default: one, `op`. */
  readonly operators?: Readonly<Record<string, HostOptions>>;
  readonly hosts: Readonly<Record<string, HostOptions>>;
  /** Certificates of a lab CA for every node, trusted everywhere (testcontrol only). */
  readonly https?: boolean;
  /** Leaves the lab running when this process ends. */
  readonly background?: boolean;
  /** The checkout that operators see at /opt/ops; default: this one. */
  readonly checkout?: string;
  /** Told what is going on; default: nobody. */
  readonly say?: Say;
}

/** Brings a lab up; it ends with `down()`, or by itself when this process ends in any way (unless `background`). */
export async function startLab(options: LabOptions): Promise<Lab> {
  const say = options.say ?? (() => {});
  await ensureMachine(say);
  const parts = await prepare(say);
  await sweepOrphans();
  const record = newRecord(options, parts);
  const dismiss = guard(record.id);
  const lab = new Lab(record, parts, dismiss);
  try {
    await bringUp(lab, options, say);
  } catch (error) {
    if (process.env.OPS_LAB_KEEP !== '1') await lab.down();
    throw error;
  }
  if (options.background) {
    record.owner = null;
    saveRecord(record);
    dismiss();
  }
  return lab;
}

/** Runs `use` in a lab of its own and ends the lab, whatever happens. */
export async function withLab<T>(options: LabOptions, use: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await startLab(options);
  try {
    return await use(lab);
  } finally {
    await lab.down();
  }
}

/** Takes hold of a lab that runs in the background. */
export async function openLab(id: string): Promise<Lab> {
  const record = readRecord(id);
  if (!record) throw new LabError(`no lab ${id} is running; start it with: npm run lab -- up --name ${id}`);
  return new Lab(record, await prepare(() => {}), () => {});
}

async function bringUp(lab: Lab, options: LabOptions, say: Say): Promise<void> {
  const began = performance.now();
  const step = (what: string) => say(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  mkdirSync(directoryOf(lab.id), { recursive: true });
  saveRecord(lab.record);
  const [key] = await Promise.all([makeOperatorKey(directoryOf(lab.id)), startSwitch(lab.id)]);
  if (lab.record.https) await makeCa(directoryOf(lab.id));
  const control = lab.control.start().then(() => step(`${lab.record.control} up`));
  const machines = lab.machines.map(async machine => {
    await seed(`${machine.directory}/upper`, machine.record, key);
    if (lab.record.https)
      await seedCertificate(directoryOf(lab.id), `${machine.directory}/upper`, lab.record.lower, machine.fqdn);
    await machine.powerOn();
    await machine.running();
    step(`${machine.name} booted`);
    await control;
    if ((options.operators?.[machine.name] ?? options.hosts[machine.name])?.joined === false) return;
    await lab.join(machine);
    step(`${machine.name} joined as ${machine.fqdn} ${machine.ip}`);
  });
  await allOrNothing(lab.id, [control, ...machines]);
  await Promise.all(lab.machines.map(machine => seesAll(machine, lab)));
  await Promise.all(lab.operators.flatMap(operator => lab.hosts.map(host => operator.reaches(host))));
  step('every host is reached by every operator');
}

/** Waits for all; when one fails it ends what the others wait for, so that none goes on after the lab is gone. */
async function allOrNothing(id: string, tasks: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(tasks);
  } catch (error) {
    if (process.env.OPS_LAB_KEEP !== '1') await emptyCgroup(id);
    await Promise.allSettled(tasks);
    throw error;
  }
}

/** Resolves when a machine knows of all others, and where to send the first packets to them: to their home relay. */
async function seesAll(machine: Host, lab: Lab): Promise<void> {
  if (machine.ip === '') return;
  const wanted = lab.machines.filter(other => other.ip !== '' && other !== machine).map(other => other.ip);
  await until(`${machine.name} to see ${wanted.join(', ')}`, PATIENCE, async () => {
    const online = (await machine.peers()).filter(peer => peer.Online && peer.Relay !== '');
    return wanted.every(ip => online.some(peer => peer.TailscaleIPs.includes(ip)));
  });
}

function newRecord(options: LabOptions, parts: { lower: string; wire: string }): LabRecord {
  const id = options.id ?? `t${process.pid}-${Math.random().toString(36).slice(2, 6)}`;
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(id)) throw new LabError(`a lab's name has letters, digits and dashes, not ${id}`);
  if (options.https && options.control !== 'testcontrol')
    throw new LabError('certificates need the test control server: control testcontrol');
  if (labIds().includes(id)) throw new LabError(`lab ${id} is running already; end it with: npm run lab -- down --name ${id}`);
  const machines = (role: Role, firstNumber: number, wanted: Readonly<Record<string, HostOptions>>) =>
    Object.entries(wanted).map(([name, { tags, tun = true }], index) => {
      if (!/^[a-z][a-z0-9-]{0,12}$/.test(name))
        throw new LabError(`a host's name has 1 to 13 letters, digits and dashes, not ${name}`);
      const ownTags = tags ?? (role === 'host' ? ['tag:server'] : []);
      return { name, role, lan: `10.77.0.${firstNumber + index}`, tags: ownTags, tun, ip: '' };
    });
  return {
    id,
    owner: thisProcess(),
    control: options.control ?? 'headscale',
    https: options.https ?? false,
    lower: parts.lower,
    wire: parts.wire,
    checkout: options.checkout ?? fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''),
    hosts: [...machines('operator', 11, options.operators ?? { op: {} }), ...machines('host', 21, options.hosts)],
  };
}
