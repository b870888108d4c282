import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpsError } from '../../src/errors.ts';
import { sshArgs } from '../../src/exec/ssh.ts';
import { netcatCommand } from '../../src/tailnet/cli.ts';
import { inventory, readInventory } from '../../src/tailnet/inventory.ts';
import { knownHosts } from '../../src/tailnet/known-hosts.ts';
import { parsePins, printPins } from '../../src/tailnet/pins.ts';
import { requireRunning } from '../../src/tailnet/state.ts';
import { parseStatus } from '../../src/tailnet/status.ts';
import { proposePin } from '../../src/tailnet/trust.ts';
import type { Peer } from '../../src/tailnet/types.ts';
import { SEED, timesOf } from '../support/fuzz.ts';
import { fixture } from './fixture.ts';
import { notFound, ScriptedRunner } from './scripted-runner.ts';

const FILES = ['recorded', 'constructed'].flatMap(folder =>
  readdirSync(new URL(`../fixtures/tailscale/${folder}/`, import.meta.url))
    .filter(name => name.endsWith('.json') && name.startsWith('status-'))
    .map(name => JSON.parse(fixture(`${folder}/${name}`)) as Json),
);

type Json = Record<string, unknown>;

/** What somebody would write there who is up to something, and what is there where somebody is careless. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    ...['-oProxyCommand=touch /tmp/x', '-w', '100.64.0.2\n-x', '100.64.0.2%-oProxyCommand=x', 'fe80::1%eth0; id', '100.64.0.02'],
    ...[
      'web1.lab.test\nhost web2.lab.test',
      '*',
      'web1,web2',
      '@cert-authority *',
      '|1|a|b',
      '../../etc/passwd',
      '$(id).lab.test',
    ],
    ...['n1\n  key ssh-ed25519 AAAA', '__proto__', '\u202ea', '2026-01-01T00:00:00Z\n::error::x', '2026 (\n##[x])', 'tag:a b'],
    ...[
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\nweb2 ssh-rsa AAAA',
      `${'a'.repeat(300)}.lab.test`,
      '',
      0,
      null,
      [],
      {},
      true,
      -1e300,
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Places in a document: keys from its root to a value, or to a member of a list. */
function places(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  return [[...at], ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...at, key]))];
}

/** What is at a place, or nothing. */
function valueAt(root: Json, at: readonly string[]): unknown {
  return at.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], root);
}

/** One change at a place: another value, one more, one less, another key, the value of another place, or something behind it. */
function change(root: Json, [at, kind, given, other]: [string[], number, unknown, string[]]): void {
  const key = at.at(-1);
  const holder = valueAt(root, at.slice(0, -1)) as Json | undefined;
  if (key === undefined || typeof holder !== 'object' || holder === null) return;
  const set = (name: string, value: unknown) =>
    Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
  const inner = holder[key];
  if (kind === 0) delete holder[key];
  else if (kind === 1 && Array.isArray(inner)) inner.unshift(given);
  else if (kind === 2 && typeof given === 'string' && !Array.isArray(holder)) set(given, inner);
  else if (kind === 3 && other.length > 0) set(key, structuredClone(valueAt(root, other)));
  else if (kind === 4 && typeof inner === 'string') set(key, `${inner}${String(given)}`);
  else set(key, given);
}

const documents = fc.constantFrom(...FILES).chain(file => {
  const place = fc.constantFrom(...places(file));
  return fc.array(fc.tuple(place, fc.nat(5), hostile, place), { minLength: 1, maxLength: 6 }).map(changes => {
    const json = structuredClone(file);
    for (const each of changes) change(json, each);
    return JSON.stringify(json);
  });
});

const FORM = {
  fqdn: /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)?$/,
  ip: /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]+)$/,
  word: /^[A-Za-z0-9_-]*$/,
  key: /^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$/,
};

/** Everything of it that goes on into a file or an argument. */
function expectForms({ fqdn, stableId, ips, tags, sshHostKeys, keyExpiry, lastSeen }: Peer): void {
  expect(fqdn).toMatch(FORM.fqdn);
  expect(stableId).toMatch(FORM.word);
  for (const ip of ips) expect(ip).toMatch(FORM.ip);
  for (const tag of tags) expect(tag).toMatch(/^tag:[\w-]+$/);
  for (const key of sshHostKeys) expect(key).toMatch(FORM.key);
  for (const time of [keyExpiry, lastSeen]) if (time !== null) expect(time).toMatch(/^[\dT:.Z+-]+$/);
}

const HOSTS = { web1: host('web1'), web2: host('web2'), ip: host('100.64.0.2') };
const CHECKS = { diskWarn: 80, diskFail: 95, keyExpiryWarnDays: 14 } as never;

function host(name: string) {
  return { id: name, local: false, name, user: 'root', port: 22, auth: 'keys', key: null, privilege: 'root' } as const;
}

function argsFor(fqdn: string, address: string, proxy: readonly string[]): string[] {
  const files = { knownHostsFile: '/k', controlPath: '/c' };
  const target = { fqdn, address, bind: null, proxy, port: 22, user: 'root', key: null, client: null, ...files };
  return sshArgs(target, ['true']);
}

const PLAIN = argsFor('a.test', '100.64.0.1', ['nc']);

async function orOpsError<T>(work: () => T | Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpsError && error.code !== 'bug') return null;
    throw error;
  }
}

test('a status that says anything gives words of their forms, an error for people, or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async text => {
      const status = await orOpsError(() => parseStatus(text));
      if (status === null) return;
      for (const peer of [...status.peers, ...(status.self ? [status.self] : [])]) expectForms(peer);
      expect(status.peers.every(({ fqdn, stableId }) => fqdn !== '' && stableId !== '')).toBe(true);
      expect(status.suffix ?? '').toMatch(FORM.fqdn);
      const running = await orOpsError(() => requireRunning(status, status.suffix ?? 'lab.test'));
      if (running === null) return;
      inventory({ hosts: HOSTS, checks: CHECKS }, running, [], 0);
      const runner = new ScriptedRunner(() => notFound);
      const tailnet = { cli: { program: 'tailscale' }, status: { ...running, tun: true } };
      await readInventory(runner, { hosts: HOSTS, checks: CHECKS }, tailnet, [], { now: 0, ping: true });
      for (const name of ['web1', 'web2', '100.64.0.2']) {
        const vouched = { ...tailnet, status: { ...tailnet.status, tun: false } };
        const proposal = await orOpsError(() => proposePin(runner, vouched, { id: name, name, port: 22 }, []));
        if (proposal === null) continue;
        expect(parsePins(printPins([proposal.pin]))).toEqual([proposal.pin]);
        expect(
          knownHosts([proposal.pin])
            .split('\n')
            .slice(0, -1)
            .every(line => line.startsWith(`${proposal.pin.fqdn} `)),
        ).toBe(true);
      }
      for (const peer of running.peers) {
        const [address = '100.64.0.1'] = peer.ips;
        const args = argsFor(peer.fqdn, address, netcatCommand(tailnet.cli, address, 22));
        const others = args.filter((arg, index) => arg !== PLAIN[index]);
        expect(args).toHaveLength(PLAIN.length);
        expect(others.every(arg => /^(?:HostName|HostKeyAlias|ProxyCommand)=/.test(arg) || arg === peer.fqdn)).toBe(true);
      }
      for (const { args } of runner.ran)
        expect(args.filter(arg => /^-(?!-c=1$|-timeout=2s$|-until-direct=false$)/.test(arg))).toEqual([]);
    }),
    { numRuns: timesOf(10_000), seed: SEED },
  );
}, 600_000);
