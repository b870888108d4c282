import type { Flaw } from '../../flaw.ts';
import type { Rule } from '../section.ts';
import type { TailnetConfig } from '../tailnet/types.ts';
import { baseName, isTailnetAddress } from './names.ts';
import type { HostsDraft } from './schema.ts';
import type { HostsConfig } from './types.ts';

type HostRule = Rule<HostsConfig & TailnetConfig, HostsDraft>;

export const someHost: HostRule = ({ config, intact }) =>
  Object.keys(config.hosts).length === 0 && intact(['hosts'])
    ? [{ path: ['hosts'], on: 'key', message: 'missing: expected at least one host, such as web1: {}' }]
    : [];

/** Names outside the pinned tailnet are other machines: a LAN, the public internet, somebody's other tailnet. */
export const namesInTailnet: HostRule = ({ config, draft, intact }) =>
  Object.values(config.hosts).flatMap((host): Flaw[] => {
    const path = draft.hosts?.[host.id]?.name === undefined ? ['hosts', host.id] : ['hosts', host.id, 'name'];
    const on = path.length === 2 ? 'key' : 'value';
    if (/^[\d.]+$/.test(host.name)) {
      return isTailnetAddress(host.name)
        ? []
        : [{ path, on, message: `expected a tailnet address (100.64.0.0/10), found ${host.name}` }];
    }
    if (!intact(['tailnet']) || !host.name.includes('.') || host.name.endsWith(`.${config.tailnet}`)) return [];
    return [{ path, on, message: `expected a name in ${config.tailnet}, found ${host.name}` }];
  });

/** Two entries for one machine would be two locks and two histories. */
export const oneEntryPerMachine: HostRule = ({ config }) => {
  const seen = new Map<string, string>();
  return Object.values(config.hosts).flatMap((host): Flaw[] => {
    const machine = baseName(host.name, config.tailnet);
    const first = seen.get(machine);
    if (first === undefined) seen.set(machine, host.id);
    return first === undefined ? [] : [{ path: ['hosts', host.id], on: 'key', message: `the same machine as hosts.${first}` }];
  });
};

export const localIsNotReached: HostRule = ({ draft }) =>
  Object.keys(draft.hosts?.local ?? {})
    .filter(key => key !== 'privilege')
    .map(key => ({
      path: ['hosts', 'local', key],
      on: 'key',
      message: 'has no meaning for local, the machine itself; expected privilege only',
    }));

export const rootLogsInAsRoot: HostRule = ({ config, intact }) =>
  Object.values(config.hosts)
    .filter(host => host.privilege === 'root' && host.user !== 'root' && !host.local && intact(['hosts', host.id]))
    .map(host => ({
      path: ['hosts', host.id, 'privilege'],
      message: `expected sudo, doas or none, since ${host.user} logs in; found root`,
    }));
