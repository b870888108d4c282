import type { HostConfig } from '../../src/config/types.ts';
import { goingBack } from '../../src/deploy/purposes.ts';
import { OpsError } from '../../src/errors.ts';
import type { HostRunner, Result } from '../../src/exec/runner.ts';
import type { AppFacts, HostFacts } from '../../src/host/facts/types.ts';
import type { Purpose } from '../../src/preflight/purpose.ts';
import type { HostView, Login } from '../../src/preflight/view.ts';
import type { Peer } from '../../src/tailnet/types.ts';
import { makePeer, makePin, makeStatus } from '../tailnet/nodes.ts';
import { MACHINE_ID, makeApp, makeAppFacts, makeConfig, makeFacts, makeHost, NOW } from './hosts.ts';

/** What differs from a host where all is well: a value, or the error that its observation ends in. */
export interface Seen {
  host?: Partial<HostConfig>;
  settings?: Partial<Pick<HostView, 'app' | 'via' | 'now'>> & Partial<Pick<Purpose, 'adopts' | 'onlyWarns'>>;
  facts?: Partial<HostFacts> | OpsError;
  app?: Partial<AppFacts> | OpsError;
  login?: Partial<Login> | OpsError;
  peer?: Partial<Peer>;
  views?: Partial<HostView>;
}

/** One host as checks see it. */
export function fakeView(seen: Seen = {}): HostView {
  const host = makeHost('web1', seen.host);
  const peer = makePeer('web1', seen.peer);
  const status = makeStatus([peer]);
  const facts = makeFacts(seen.facts instanceof OpsError ? {} : seen.facts);
  const login: Login = { runner: new IdleHost(), target: null, facts, sentAt: NOW - 100, answeredAt: NOW + 100, late: false };
  const { adopts = false, onlyWarns = [], ...settings } = seen.settings ?? {};
  return {
    config: makeConfig([host]),
    host,
    purpose: { ...goingBack(makeApp()), adopts, onlyWarns },
    app: makeApp(),
    via: null,
    now: () => NOW,
    ...settings,
    tools: async () => ({ ssh: '9.2', rsync: { kind: 'rsync', version: '3.2.7' } }),
    tailnet: async () => ({ cli: { program: 'tailscale' }, status }),
    peer: async () => peer,
    online: async () => peer,
    live: async () => peer,
    path: async () => ({ ok: true, path: { kind: 'direct', latencyMs: 12.4, via: '10.77.0.21:41641' } }),
    wayIn: async () => ({ fqdn: peer.fqdn, address: '100.64.0.9', port: host.port, bind: '100.64.0.1', proxy: null }),
    port: async () => ({ banner: 'SSH-2.0-OpenSSH_9.2p1', ms: 3 }),
    pin: async () => makePin('web1', { machineId: MACHINE_ID }),
    dialled: async () => {},
    login: async () => orThrow(seen.login, login),
    facts: async () => orThrow(seen.facts, facts),
    privileged: async () => orThrow(seen.facts, facts),
    appFacts: async () => orThrow(seen.app, makeAppFacts()),
    ...seen.views,
  };
}

function orThrow<T extends object>(difference: Partial<T> | OpsError | undefined, value: T): T {
  if (difference instanceof OpsError) throw difference;
  return { ...value, ...difference };
}

/** A session that nothing is asked of. */
class IdleHost implements HostRunner {
  readonly host = 'web1';
  readonly executions = 0;

  async run(): Promise<Result> {
    return { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 0 };
  }

  async upload(): Promise<Result> {
    return this.run();
  }

  async close(): Promise<void> {}
}
