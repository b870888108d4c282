import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostConfig } from '../config/types.ts';
import { BugError, OpsError } from '../errors.ts';
import { BrowserCheck } from '../exec/browser-check.ts';
import type { HostRunner } from '../exec/runner.ts';
import { controlPathFor, SelfRunner, SshRunner } from '../exec/ssh.ts';
import type { SshTarget } from '../exec/ssh-options.ts';
import { requireApp } from '../host/facts/apps.ts';
import { netcatCommand } from '../tailnet/cli.ts';
import { conditionError, peerConditions } from '../tailnet/condition.ts';
import { readControlOrigin } from '../tailnet/control-url.ts';
import { seeHostKeys } from '../tailnet/host-keys.ts';
import { knownHosts } from '../tailnet/known-hosts.ts';
import { requireOurEnd } from '../tailnet/our-end.ts';
import { measurePath } from '../tailnet/path.ts';
import { peerIp, requireOneName, resolveHost } from '../tailnet/resolve.ts';
import { ourAddressFor } from '../tailnet/source.ts';
import { requirePin } from '../tailnet/trust.ts';
import { askFacts } from './ask-facts.ts';
import { greetingOf, readGreeting } from './greeting.ts';
import { once } from './once.ts';
import { privilegeDenied } from './privilege-denied.ts';
import { lookOnlyHost } from './read-only.ts';
import type { Surroundings } from './surroundings.ts';
import { pinOfName, wayRound } from './via.ts';
import type { HostView, Login, WayIn } from './view.ts';
import { describeWrongKey } from './wrong-key.ts';

const TAILSCALE_SSH_PORT = 22;
/** How long a change of the tailnet policy takes to reach its nodes, at most as a rule. */
const POLICY_MS = 2_500;

/** The observations of one host, each made when first asked for. */
export function observeHost(around: Surroundings, host: HostConfig, index: number): HostView {
  const { config, purpose, via, pins, now, signal, local } = around;
  const app = purpose.appOn(host);
  const port = host.auth === 'tailscale_ssh' ? TAILSCALE_SSH_PORT : host.port;

  const peer = once(async () => {
    const { status } = await around.tailnet();
    const node = resolveHost(host.name, status);
    requireOneName(node, around.hosts, status);
    return node;
  });

  const withoutCondition = async (code: 'peer-offline' | 'peer-expired') => {
    const node = await peer();
    const condition = peerConditions(node, now(), config.checks.keyExpiryWarnDays).find(found => found.code === code);
    if (condition) throw conditionError(node, condition);
    return node;
  };
  const online = once(() => withoutCondition('peer-offline'));
  const live = once(async () => {
    await online();
    return withoutCondition('peer-expired');
  });

  const wayIn = once(async (): Promise<WayIn> => {
    if (via !== null) return wayRound(via, host, port, config.tailnet);
    const [node, { cli, status }] = await Promise.all([live(), around.tailnet()]);
    const address = peerIp(node);
    if (!status.tun) return { fqdn: node.fqdn, address, port, bind: null, proxy: netcatCommand(cli, address, port) };
    const way = { fqdn: node.fqdn, address, port, bind: ourAddressFor(address, status), proxy: null };
    await requireOurEnd(way, status);
    return way;
  });

  const greeting = once(async () => {
    const way = await wayIn();
    const entry = await session().catch(() => null);
    const told = entry === null ? null : await greetingOf(entry, login);
    return told ?? readGreeting(local, way, via === null ? (await around.tailnet()).status : null, signal);
  });

  const path = once(async () => {
    const [node, { cli }] = await Promise.all([live(), around.tailnet()]);
    const first = await measurePath(local, cli, peerIp(node));
    if (!first.ok || first.path.kind === 'direct') return first;
    // The first packets to a quiet peer go by relay while the direct way is still being found: look again once it had time.
    await greeting().catch(() => {});
    return measurePath(local, cli, peerIp(node));
  });

  const pin = once(async () => {
    if (via !== null) return pinOfName(pins, host, config.tailnet);
    const [node, { status }] = await Promise.all([peer(), around.tailnet()]);
    return requirePin(pins, host.id, node, status);
  });

  const keysShown = async () => {
    const [node, tailnet] = await Promise.all([live(), around.tailnet()]);
    return (await seeHostKeys(local, tailnet, node, port, signal)).hostKeys;
  };

  const sshTarget = once(async (): Promise<SshTarget> => {
    const [way, known, dir, tools] = await Promise.all([wayIn(), pin(), around.controlDir(), around.tools()]);
    const knownHostsFile = join(dir.path, `k${index}`);
    await writeFile(knownHostsFile, knownHosts([{ fqdn: way.fqdn, hostKeys: known.hostKeys }]), { mode: 0o600 });
    const files = { knownHostsFile, controlPath: controlPathFor(dir.path, index) };
    return { ...way, user: host.user, key: host.key, client: tools.ssh, ...files };
  });

  const session = once(async () => new SshRunner(host.id, await sshTarget(), around.hands));

  const login = once(async (): Promise<Login> => {
    if (host.local) return ask(new SelfRunner(host.id, around.hands), null);
    const entry = await session();
    try {
      return await askInTime(entry, entry.target);
    } catch (error) {
      // The connection itself may stand although nothing came of it.
      await entry.close();
      if (error instanceof BrowserCheck && error.isWithheld) throw error.knowing(await controlOrigin());
      if (!(error instanceof OpsError) || error.code !== 'host-key-mismatch') throw error;
      throw describeWrongKey(error, await pin(), via === null ? await keysShown().catch(() => null) : null);
    }
  });

  const controlOrigin = async () => {
    const tailnet = await around.tailnet().catch(() => null);
    return tailnet && readControlOrigin(local, tailnet.cli);
  };

  const dialled = once(async () => {
    if (!host.local) await session().catch(() => {});
  });

  /** A policy that was only not there yet, as after a change of it or when a node has just joined, is there a moment later. */
  const askInTime: typeof ask = async (entry, target) => {
    try {
      return await ask(entry, target);
    } catch (error) {
      if (!(error instanceof OpsError) || error.code !== 'ssh-policy') throw error;
      await sleep(POLICY_MS, undefined, { signal }).catch(() => {});
      return { ...(await ask(entry, target)), late: true };
    }
  };

  const ask = async (entry: HostRunner, target: SshTarget | null): Promise<Login> => {
    const sentAt = now();
    const facts = await askFacts(lookOnlyHost(entry), host, purpose.sections(host, target?.fqdn ?? 'localhost'), signal);
    return { runner: entry, target, facts, sentAt, answeredAt: now(), late: false };
  };

  const facts = once(async () => (await login()).facts);

  const privileged = once(async () => {
    const seen = await facts();
    if (seen.login.privilege === 'ok') return seen;
    throw privilegeDenied(host, seen.login);
  });

  const appFacts = once(async () => {
    if (app === null) throw new BugError(`no app of ${host.id} is looked at`);
    return requireApp(await privileged(), app, host.id);
  });

  return {
    config,
    host,
    purpose,
    app,
    via,
    now,
    tools: around.tools,
    tailnet: around.tailnet,
    peer,
    online,
    live,
    path,
    wayIn,
    port: greeting,
    pin,
    dialled,
    login,
    facts,
    privileged,
    appFacts,
  };
}
