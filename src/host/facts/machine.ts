import { isAccount, isMachineId, isPath, isTag, isText } from '../../forms.ts';
import type { Answer } from '../answer.ts';
import { atBlank, fitting } from './fitting.ts';
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

/** Whatever a host leaves out, or says in another form, is null. */
export function parseMachine(answer: Answer): MachineFacts {
  const versions = new Map(answer.all('tool').map(atBlank));
  const tools = Object.fromEntries(TOOLS.map(name => [name, versions.get(name) ?? null]));
  const clock = number(answer.get('clock'));
  return {
    login: {
      user: fitting(isAccount, answer.get('user')) ?? '',
      uid: number(answer.get('uid')) ?? -1,
      home: fitting(isPath, answer.get('home')) ?? '',
      shell: answer.get('shell') ?? '',
      noise: answer.noise,
      sshConnection: answer.get('ssh_connection') || null,
      privilege: answer.get('privilege') ?? 'no answer',
      lingering: answer.get('lingering') === '1',
    },
    who: parseWho(answer.get('who') ?? 'unproved the host did not say'),
    machineId: fitting(isMachineId, answer.get('machine_id')),
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
  if (!isText(first) || !isText(second)) return { kind: 'unproved', why: 'what the host said cannot be read' };
  if (kind === 'user') return { kind, login: first, node: second };
  if (kind === 'tagged') return { kind, node: first, tags: second.split(' ').filter(isTag) };
  return { kind: 'unproved', why: first };
}
