import type { Answer } from '../answer.ts';
import { number } from './number.ts';
import type { MachineFacts, Who } from './types.ts';

const TOOLS = [
  'rsync',
  'curl',
  'mv',
  'cp',
  'sync',
  'sha256sum',
  'find',
  'setpriv',
  'sudo',
  'systemd-run',
  'systemctl',
  'tailscale',
];

/** Whatever a host leaves out is null; what it says wrongly is refused. */
export function parseMachine(answer: Answer): MachineFacts {
  const tools: Record<string, string | null> = Object.fromEntries(TOOLS.map(name => [name, null]));
  for (const line of answer.all('tool')) {
    const [name, ...rest] = line.split(' ');
    tools[name!] = rest.join(' ');
  }
  const clock = number(answer.get('clock'));
  return {
    login: {
      user: answer.get('user') ?? '',
      uid: number(answer.get('uid')) ?? -1,
      home: answer.get('home') ?? '',
      shell: answer.get('shell') ?? '',
      noise: answer.noise,
      sshConnection: answer.get('ssh_connection') || null,
      privilege: answer.get('privilege') ?? 'no answer',
      lingering: answer.get('lingering') === '1',
    },
    who: parseWho(answer.get('who') ?? 'unproved the host did not say'),
    machineId: answer.get('machine_id') || null,
    clock,
    bootedAt: clock === null ? null : clock - (number(answer.get('uptime')) ?? 0),
    os: (answer.get('os') ?? '').replace(/^(["'])(.*)\1$/, '$2'),
    kernel: answer.get('kernel') ?? '',
    systemd: number(/^systemd (\d+)/.exec(tools.systemctl ?? '')?.[1]),
    tools,
    schema: number(answer.get('schema')),
  };
}

export function parseWho(text: string): Who {
  const at = text.indexOf(' ');
  const kind = text.slice(0, at);
  const [first = '', second = ''] = text.slice(at + 1).split('\t');
  if (kind === 'user') return { kind, login: first, node: second };
  if (kind === 'tagged') return { kind, node: first, tags: second.split(' ').filter(tag => tag !== '') };
  return { kind: 'unproved', why: first };
}
