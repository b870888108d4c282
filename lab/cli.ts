import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { pidsIn } from './cgroup.ts';
import type { Host } from './host.ts';
import { type ControlKind, LabError, openLab, startLab } from './index.ts';
import { isAlive, labIds, readRecord, sweep } from './state.ts';

const HELP = `A real tailnet on this machine: control plane, operator, hosts. Needs root on Linux and Go.

  npm run lab -- up [--hosts web1,web2] [--control headscale|testcontrol] [--https]
  npm run lab -- status                    machines, addresses, how they are
  npm run lab -- exec HOST [--user U] -- COMMAND…
  npm run lab -- shell HOST [--user U]     the operator is op, its person dev
  npm run lab -- crash HOST                power lost     npm run lab -- boot HOST    and back
  npm run lab -- log HOST                  its journal
  npm run lab -- delay HOST MS             added to every round trip to it; 0 ends it
  npm run lab -- down [--all]              --all: every lab that is not in use by a running process

  --name ID picks one of several labs (default: dev).
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      hosts: { type: 'string', default: 'web1,web2' },
      control: { type: 'string', default: 'headscale' },
      https: { type: 'boolean', default: false },
      name: { type: 'string', default: 'dev' },
      user: { type: 'string' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb, hostName = '', ...rest] = positionals;
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(values.name))
    throw new LabError(`--name ${values.name}: small letters, digits and - only`);
  const host = async (): Promise<Host> => (await openLab(values.name)).host(hostName);
  const user = values.user === undefined ? {} : { user: values.user };
  switch (values.help ? undefined : verb) {
    case 'up':
      return up(values.name, values.control, values.hosts.split(',').filter(Boolean), values.https);
    case 'status':
      return status();
    case 'exec':
      return handOver((await host()).commandLine(rest.length === 1 ? (rest[0] ?? '') : rest, user));
    case 'shell':
      return handOver((await host()).commandLine(['bash', '-l'], { ...user, env: { TERM: process.env.TERM ?? 'dumb' } }));
    case 'crash':
      await (await host()).crash();
      return 0;
    case 'boot':
      await (await host()).boot();
      return 0;
    case 'delay': {
      const ms = Number(rest[0]);
      if (!(ms >= 0)) throw new LabError('how many milliseconds? npm run lab -- delay HOST MS');
      await (await host()).delay(ms);
      return 0;
    }
    case 'log':
      return log(await host());
    case 'down':
      return down(values.name, values.all);
    default:
      process.stdout.write(HELP);
      return verb === undefined || values.help ? 0 : 2;
  }
}

async function up(id: string, control: string, hosts: readonly string[], https: boolean): Promise<number> {
  if (control !== 'headscale' && control !== 'testcontrol')
    throw new LabError(`--control is headscale or testcontrol, not ${control}`);
  const kind: ControlKind = control;
  const lab = await startLab({
    id,
    control: kind,
    https,
    hosts: Object.fromEntries(hosts.map(name => [name, {}])),
    background: true,
    say,
  });
  say(`Lab ${id} is up: ${lab.machines.map(machine => machine.name).join(', ')} on ${lab.suffix}.`);
  say(`→ npm run lab -- shell op --user dev${id === 'dev' ? '' : ` --name ${id}`}`);
  return 0;
}

async function status(): Promise<number> {
  const ids = labIds();
  if (ids.length === 0) process.stdout.write('no lab is up; → npm run lab -- up\n');
  for (const id of ids) {
    const record = readRecord(id);
    const owner = record?.owner
      ? isAlive(record.owner)
        ? `of process ${record.owner.pid}`
        : 'left behind'
      : 'in the background';
    process.stdout.write(`${id} · ${record?.control ?? 'unknown'} · ${owner}\n`);
    if (!record) continue;
    for (const machine of (await openLab(id)).machines) {
      const state = machine.isRunning() ? await machine.backendState() : 'off';
      process.stdout.write(
        `  ${machine.name.padEnd(14)}${machine.role.padEnd(10)}${machine.ip.padEnd(16)}${machine.lan.padEnd(12)}${state}\n`,
      );
    }
  }
  return 0;
}

async function log(host: Host): Promise<number> {
  if (host.isRunning()) return handOver(host.commandLine(['journalctl', '--no-pager', '--all']));
  process.stdout.write(host.console());
  return 0;
}

async function down(id: string, all: boolean): Promise<number> {
  // A lab without a record here, but with processes, belongs to another state folder.
  const isOurs = (each: string) => {
    const record = readRecord(each);
    return record ? record.owner === null || !isAlive(record.owner) : pidsIn(each).length === 0;
  };
  if (!all && !labIds().includes(id)) say(`there is no lab ${id}`);
  for (const each of all ? labIds().filter(isOurs) : labIds().filter(name => name === id)) {
    await sweep(each);
    say(`lab ${each} is gone`);
  }
  return 0;
}

function handOver(argv: readonly string[]): number {
  const [program = '', ...args] = argv;
  const ended = spawnSync(program, args, { stdio: 'inherit' });
  return ended.status ?? 1;
}

process.stdout.on('error', () => process.exit()); // the reader has seen enough (`| head`)
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  say(error instanceof LabError || error.name === 'TypeError' ? error.message : String(error.stack));
  process.exitCode = 1;
}
