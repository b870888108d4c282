import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { emptyCgroup, isLeader, labsWithCgroup, pidsIn, removeCgroup, unplug } from './cgroup.ts';

/** Where running labs keep their disks, outside any checkout; a folder for each lab, named by its id. */
export const STATE = process.env.OPS_LAB_STATE ?? '/var/tmp/tailnet-ops-lab';

export type ControlKind = 'headscale' | 'testcontrol';
export type Role = 'operator' | 'host';

export interface HostRecord {
  readonly name: string;
  readonly role: Role;
  /** Address on the lab's switch: what a LAN address would be. */
  readonly lan: string;
  /** Tags of its node; without any it belongs to the lab's person, dev. */
  readonly tags: readonly string[];
  /** False: tailscaled has no network device, as in most CI containers. */
  readonly tun: boolean;
  /** Address in the tailnet; empty until it has joined. */
  ip: string;
}

/** What any process needs to know to take hold of a running lab: the content of `lab.json`. */
export interface LabRecord {
  readonly id: string;
  /** The process the lab ends with; null for one left running in the background. */
  owner: Owner | null;
  readonly control: ControlKind;
  readonly https: boolean;
  readonly lower: string;
  readonly wire: string;
  readonly checkout: string;
  readonly hosts: HostRecord[];
}

/** A pid alone may be used again; with its start time it names one process. */
export interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

export function thisProcess(): Owner {
  return { pid: process.pid, startedAt: startTime(process.pid) ?? '' };
}

export function isAlive(owner: Owner): boolean {
  return startTime(owner.pid) === owner.startedAt;
}

export function directoryOf(id: string): string {
  return `${STATE}/${id}`;
}

export function saveRecord(record: LabRecord): void {
  mkdirSync(directoryOf(record.id), { recursive: true });
  writeFileSync(`${directoryOf(record.id)}/lab.json`, `${JSON.stringify(record, null, 2)}\n`);
}

export function readRecord(id: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(`${directoryOf(id)}/lab.json`, 'utf8')) as LabRecord;
  } catch {
    return undefined;
  }
}

/** Ids of all labs that left anything here, running or not. */
export function labIds(): string[] {
  const directories = existsSync(STATE) ? readdirSync(STATE) : [];
  return [...new Set([...directories, ...labsWithCgroup()])].sort();
}

/**
 * Ends a lab and everything of it. Namespaces, mounts and links belong to its processes alone and go with them; what is
 * left to remove by hand are control groups and the state folder.
 */
export async function sweep(id: string): Promise<void> {
  await unplug(pidsIn(id).filter(isLeader));
  await emptyCgroup(id);
  await removeCgroup(id);
  rmSync(directoryOf(id), { recursive: true, force: true, maxRetries: 5 });
}

/** Sweeps labs whose owner died without ending them. */
export async function sweepOrphans(): Promise<string[]> {
  const orphans = labIds().filter(id => {
    const owner = readRecord(id)?.owner;
    return owner ? !isAlive(owner) : false;
  });
  for (const id of orphans) await sweep(id);
  return orphans;
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
