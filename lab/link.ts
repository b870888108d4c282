import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { emptyCgroup, inCgroup, makeCgroup, removeCgroup } from './cgroup.ts';
import { launch, PATIENCE, untilFrom } from './process.ts';
import { directoryOf, type LabRecord } from './state.ts';
import { inSwitch, switchPid } from './switch.ts';

/**
 * What happens to the cable between a machine and the switch. All of it is done at the switch's end, out of the machine's
 * sight and reach; all of it ends when the machine boots anew, because then it gets a new cable.
 */

/** Makes the cable longer: every frame is held `ms / 2` each way, so that a round trip takes `ms` more. 0: as short as it was. */
export async function stretch(lab: LabRecord, port: string, ms: number): Promise<void> {
  await shorten(lab, port);
  if (ms <= 0) return;
  const directory = `${directoryOf(lab.id)}/wires`;
  mkdirSync(directory, { recursive: true });
  const log = `${directory}/${port}.log`;
  rmSync(log, { force: true });
  const wire = [lab.wire, '-port', port, '-bridge', 'lab', '-delay', `${ms / 2}ms`];
  const cable = launch(
    inCgroup(makeCgroup(lab.id, `${port}.wire`), ['nsenter', '--target', String(switchPid(lab.id)), '--net', ...wire]),
    log,
  );
  await untilFrom(cable, `frames to flow through the longer cable of ${port} (${log})`, PATIENCE, () =>
    readFileSync(log, 'utf8').includes('ready'),
  );
}

async function shorten(lab: LabRecord, port: string): Promise<void> {
  await emptyCgroup(lab.id, `${port}.wire`);
  await removeCgroup(lab.id, `${port}.wire`);
  await inSwitch(lab.id, ['ip', 'link', 'set', 'dev', port, 'master', 'lab']);
}

/** Limits what reaches the machine to `kbit` per second; null: no limit. */
export async function narrow(lab: LabRecord, port: string, kbit: number | null): Promise<void> {
  if (kbit === null) await inSwitch(lab.id, ['sh', '-c', `tc qdisc del dev ${port} root 2>/dev/null || :`]);
  else await inSwitch(lab.id, ['tc', 'qdisc', 'replace', 'dev', port, 'root', ...shaper(kbit)]);
}

/** The arguments of tc for a link of `kbit` per second. */
export function shaper(kbit: number): string[] {
  return ['tbf', 'rate', `${kbit}kbit`, 'burst', '16kb', 'latency', '400ms'];
}

/** Loses every frame to and from the machine, both ends none the wiser: a laptop that fell asleep. */
export async function sever(lab: LabRecord, port: string): Promise<void> {
  const ports = `{ "${port}", "${port}.w" }`;
  const chain = `chain lost { type filter hook forward priority 0; iifname ${ports} drop; oifname ${ports} drop; }`;
  await inSwitch(lab.id, ['nft', `table bridge ${tableOf(port)} {\n ${chain}\n}`]);
}

export async function mend(lab: LabRecord, port: string): Promise<void> {
  await inSwitch(lab.id, ['sh', '-c', `nft delete table bridge ${tableOf(port)} 2>/dev/null || :`]);
}

function tableOf(port: string): string {
  return `severed_${port.replaceAll('-', '_')}`;
}
