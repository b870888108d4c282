import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLeader, pidsIn } from '../../lab/cgroup.ts';
import { type Host, type Lab, type Running, startLab } from '../../lab/index.ts';

/** Longer than any test here: the commands have to end with their machine. */
const LONG = { timeoutMs: 300_000 };

/** systemd stops every process of a machine before it ends them, those that came in from this machine too. */
describe('a machine goes down with commands running in it', () => {
  let lab: Lab;
  let web1: Host;

  beforeAll(async () => {
    lab = await startLab({ operators: {}, hosts: { web1: { joined: false } } });
    web1 = lab.host('web1');
  });
  afterAll(() => lab?.down());

  /** One that waits, one that is stopped when the machine goes down. */
  async function startCommands(): Promise<Running[]> {
    const commands = ['echo in; exec sleep 1000', 'echo in; kill -STOP $$; exit 7'].map(each => web1.spawn(each, LONG));
    await expect.poll(() => commands.map(each => each.output().stdout), { timeout: 20_000 }).toEqual(['in\n', 'in\n']);
    await expect.poll(() => pidsIn(lab.id).filter(isStopped), { timeout: 20_000 }).not.toEqual([]);
    return commands;
  }

  const leader = () => pidsIn(lab.id, 'web1').find(isLeader);

  test.each(['reboot', 'reboot --force'])('systemctl %s', { timeout: 90_000 }, async verb => {
    for (let round = 0; round < 3; round++) {
      const commands = await startCommands();
      const before = leader();
      // Some are on their way in while it shuts down.
      const late = Array.from({ length: 8 }, () => web1.exec('sleep 1000', LONG));
      await web1.exec(`systemctl ${verb}`);
      for (const { done } of commands) expect((await done).signal).toMatch(/^SIG(TERM|KILL)$/);
      await Promise.all(late);
      await expect.poll(() => [undefined, before].includes(leader()), { timeout: 30_000 }).toBe(false);
      await web1.running();
    }
  });

  test('systemctl poweroff', { timeout: 90_000 }, async () => {
    const commands = await startCommands();
    await web1.exec('systemctl poweroff');
    await Promise.all(commands.map(each => each.done));
    await expect.poll(() => web1.isRunning(), { timeout: 30_000 }).toBe(false);
    await web1.boot();
  });

  test('a crash, when the way in is itself stopped', { timeout: 90_000 }, async () => {
    const commands = await startCommands();
    const before = leader();
    const waysIn = pidsIn(lab.id, 'web1.in').filter(pid => parentOf(pid) === process.pid);
    expect(waysIn).toHaveLength(2);
    for (const pid of waysIn) process.kill(pid, 'SIGSTOP');
    await web1.crash();
    for (const { done } of commands) expect((await done).signal).toBe('SIGKILL');
    await expect.poll(() => existsSync(`/proc/${before}`), { timeout: 20_000 }).toBe(false);
    await web1.boot();
  });
});

function isStopped(pid: number): boolean {
  return stat(pid)[0] === 'T';
}

function parentOf(pid: number): number {
  return Number(stat(pid)[1]);
}

/** What /proc says of a process, from its state on. */
function stat(pid: number): string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // ended in between
  }
}
