import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { goingBack } from '../../src/deploy/purposes.ts';
import { pinning } from '../../src/hosts/purposes.ts';
import type { PreflightOptions } from '../../src/preflight/options.ts';
import { preflight } from '../../src/preflight/run.ts';
import type { Preflight } from '../../src/preflight/types.ts';
import { makeKey, makePin } from '../tailnet/nodes.ts';
import { healthyFacts, World, type WorldOptions } from './fake-world.ts';
import { MACHINE_ID, makeApp, makeConfig, makeHost } from './hosts.ts';

const pinned = (name: string) => makePin(name, { machineId: MACHINE_ID });
const PROMPT = '# Headscale SSH requires an additional check.\n# To authenticate, visit: http://10.77.0.2:8080/auth/x1';
const worlds: World[] = [];
const results: Preflight[] = [];

afterEach(async () => {
  // What was begun early may still be writing when the verdict is known: closing waits for it.
  await Promise.all(results.splice(0).map(result => result.close()));
  await Promise.all(worlds.splice(0).map(world => world.stop()));
});

async function look(worldOptions: Partial<WorldOptions> = {}, options: Partial<PreflightOptions> = {}) {
  const nodes = worldOptions.nodes ?? ['web1'];
  const world = await World.start({ nodes, pins: nodes.map(pinned), ...worldOptions });
  worlds.push(world);
  const hosts = (options.hosts ?? nodes.map(name => makeHost(name))).map(host => ({ ...host, port: world.port }));
  const config = makeConfig(hosts, { file: join(world.folder, 'ops.yaml') });
  const env = { XDG_RUNTIME_DIR: world.folder };
  const result = await preflight({
    config,
    purpose: pinning,
    mode: 'required',
    runner: world,
    now: () => Date.now(),
    env,
    ...options,
    hosts,
  });
  results.push(result);
  const verdicts = (id = 'web1') =>
    Object.fromEntries(result.results.filter(found => found.host === id).map(found => [found.id, found.verdict]));
  const codes = (id = 'web1') =>
    result.results.filter(found => found.host === id && found.verdict !== 'pass').map(found => found.code);
  return { world, result, verdicts, codes };
}

describe('a host where all is well', () => {
  it('passes every check with one remote execution, and stays open until it is closed', async () => {
    const { world, result, verdicts } = await look();
    expect(result.exit).toBe('ok');
    expect(new Set(Object.values(verdicts()))).toEqual(new Set(['pass']));
    expect(world.onHosts).toHaveLength(1);
    const session = result.sessions.get('web1')!;
    expect(session.runner.executions).toBe(1);
    expect(session.facts.machineId).toBe(MACHINE_ID);
    expect(session.path).toEqual({ kind: 'direct', latencyMs: 12, via: '10.0.0.1:41641' });

    const target = session.target!;
    expect(target).toMatchObject({ fqdn: 'web1.lab.test', address: '127.0.0.1', bind: '127.0.0.1', proxy: null });
    expect(readFileSync(target.knownHostsFile, 'utf8')).toBe(`web1.lab.test ${makeKey('web1')}\n`);
    expect(statSync(dirname(target.controlPath)).mode & 0o777).toBe(0o700);

    await result.close();
    await result.close();
    expect(world.ran.filter(spec => spec.args.includes('-O'))).toHaveLength(1);
    expect(existsSync(dirname(target.controlPath))).toBe(false);
  });

  it('asks tailscaled once however many hosts there are', async () => {
    const { world, result } = await look({ nodes: ['web1', 'web2', 'web3'] });
    expect(result.sessions.size).toBe(3);
    expect(world.ran.filter(spec => spec.args.join(' ') === 'status --json')).toHaveLength(1);
    expect(world.ran.filter(spec => spec.args.includes('-V'))).toHaveLength(1);
    expect(world.onHosts).toHaveLength(3);
  });

  it('runs nothing that changes anything', async () => {
    const { world, result } = await look({}, { purpose: goingBack(makeApp()) });
    await result.close();
    expect(world.ran.filter(spec => spec.mutates)).toEqual([]);
  });
});

describe('the first stage that fails decides, later ones are not guessed at', () => {
  it('a name that is not in the tailnet', async () => {
    const { result, verdicts, codes } = await look({ nodes: ['web1'] }, { hosts: [makeHost('web9')] });
    expect(result.exit).toBe('host-unknown');
    expect(codes('web9')).toEqual(['peer-unknown', ...Array(codes('web9').length - 1).fill('skipped')]);
    expect(verdicts('web9').tailnet).toBe('pass');
    expect(new Set(result.results.filter(found => found.verdict === 'skip').map(found => found.needs))).toEqual(
      new Set(['peer']),
    );
    expect(result.sessions.size).toBe(0);
  });

  it.each(['required', 'disabled'] as const)('one node under two names is asked under neither: %s', async mode => {
    const hosts = [makeHost('web1'), makeHost('old', { name: 'web1.lab.test' }), makeHost('web2')];
    const { world, result, codes } = await look({ nodes: ['web1', 'web2'] }, { hosts, mode });
    expect(result.exit).toBe('usage');
    expect([codes('web1')[0], codes('old')[0], codes('web2')]).toEqual(['peer-named-twice', 'peer-named-twice', []]);
    const [told] = result.results.filter(({ code }) => code === 'peer-named-twice');
    expect(told?.message).toBe('web1 and old of ops.yaml are one node: web1.lab.test');
    expect(world.onHosts).toHaveLength(1);
  });

  it('no tailnet at all', async () => {
    const { world, result } = await look({ backendState: 'Stopped' });
    expect(result.exit).toBe('not-connected');
    expect(world.onHosts).toHaveLength(0);
  });

  it('a peer that is offline is never dialled', async () => {
    const { world, result, codes } = await look({ offline: ['web1'] });
    expect(result.exit).toBe('host-silent');
    expect(codes()[0]).toBe('peer-offline');
    expect(world.onHosts).toHaveLength(0);
  });

  it('the earliest stage over all hosts gives the exit code', async () => {
    const ssh = (host: string) => (host === 'web1' ? { stderr: 'deploy@web1: Permission denied (publickey).' } : null);
    const { result } = await look({ nodes: ['web1', 'web2', 'web3'], offline: ['web3'], ssh });
    expect(result.exit).toBe('host-silent');
    expect(result.reports.map(report => [report.host.id, report.verdict, report.ready])).toEqual([
      ['web1', 'fail', false],
      ['web2', 'pass', true],
      ['web3', 'fail', false],
    ]);
  });

  it('a login that is refused says so itself; the key was right', async () => {
    const { result, verdicts } = await look({ ssh: () => ({ stderr: 'deploy@web1: Permission denied (publickey).' }) });
    expect(result.exit).toBe('ssh-denied');
    expect(verdicts()).toMatchObject({ 'host-key': 'pass', ssh: 'fail', privilege: 'skip' });
  });

  it('sudo that asks for a password', async () => {
    const { result, verdicts } = await look({
      facts: () => ['user deploy', 'uid 1001', 'privilege sudo: a password is required'],
    });
    expect(result.exit).toBe('privilege-denied');
    expect(verdicts()).toMatchObject({ ssh: 'pass', privilege: 'fail', machine: 'skip', 'remote-tools': 'skip' });
  });
});

describe('who it is', () => {
  it('no pin: nothing is sent', async () => {
    const { world, result, codes } = await look({ pins: [] });
    expect(result.exit).toBe('identity-mismatch');
    expect(codes()[0]).toBe('pin-missing');
    expect(world.onHosts).toHaveLength(0);
  });

  it('another node under this name: nothing is sent', async () => {
    const { world, result } = await look({ pins: [makePin('web1', { stableId: '77' })] });
    expect(result.exit).toBe('identity-mismatch');
    expect(world.onHosts).toHaveLength(0);
  });

  it('another host key', async () => {
    const keyscan = `127.0.0.1 ${makeKey('impostor')}\n`;
    const { result, verdicts } = await look({ ssh: () => ({ stderr: 'Host key verification failed.' }), keyscan });
    expect(result.exit).toBe('identity-mismatch');
    expect(verdicts()).toMatchObject({ 'host-key': 'fail', ssh: 'skip' });
    const message = result.results.find(found => found.id === 'host-key')?.message;
    expect(message).toMatch(/other host key: pinned ssh-ed25519 SHA256:\S+, shown ssh-ed25519 SHA256:\S+/);
  });

  it('another machine', async () => {
    const { result, verdicts } = await look({ facts: () => healthyFacts(`machine_id ${'e'.repeat(32)}`) });
    expect(result.exit).toBe('identity-mismatch');
    expect(verdicts()).toMatchObject({ ssh: 'pass', machine: 'fail' });
  });

  it('a connection that would not leave from our own tailnet address', async () => {
    const { world, result, codes } = await look({ ourIps: ['100.64.0.7'] });
    expect(codes()[0]).toBe('not-our-address');
    expect(world.onHosts).toHaveLength(0);
    expect(result.exit).toBe('not-connected');
    expect(result.sessions.size).toBe(0);
  });

  it('without a TUN device tailscaled carries the connection, and no key is taken from a scan', async () => {
    const { world, result } = await look({ tun: false, ourIps: ['100.64.0.7'] });
    expect(result.exit).toBe('ok');
    expect(result.sessions.get('web1')?.target).toMatchObject({
      bind: null,
      proxy: ['tailscale', 'nc', '127.0.0.1', String(world.port)],
    });
    expect(world.onHosts[0]?.args.join(' ')).toContain('ProxyCommand=tailscale nc 127.0.0.1');
  });
});

// sshd counts connections over which nobody logs in, and from some on takes none any more.
describe('connections without a login', () => {
  it.each([
    ['a host where all is well', {}, 0],
    ['a login that is refused', { ssh: () => ({ stderr: 'deploy@web1: Permission denied (publickey).' }) }, 0],
    ['a host without a pin, where nobody may log in', { pins: [] }, 1],
    ['a client that does not tell of the greeting', { sshVersion: '8.4' }, 1],
  ])('%s: %j', async (_what, options, connections) => {
    const { world, result } = await look(options);
    expect(result.results.find(({ id }) => id === 'port')).toMatchObject({ observed: { banner: 'SSH-2.0-OpenSSH_9.2p1' } });
    expect([world.connections, world.ran.filter(({ program }) => program === 'ssh-keyscan').length]).toEqual([connections, 0]);
  });

  it('another host key: a look at what is shown, and no more', async () => {
    const keyscan = `127.0.0.1 ${makeKey('impostor')}\n`;
    const { world } = await look({ ssh: () => ({ stderr: 'Host key verification failed.' }), keyscan });
    expect([world.connections, world.ran.filter(({ program }) => program === 'ssh-keyscan').length]).toEqual([0, 1]);
  });
});

describe('what would wait for ever', () => {
  it('a browser check is ended at its URL', async () => {
    const { result, verdicts } = await look({ ssh: () => ({ stderr: PROMPT, hang: true }) });
    expect(result.exit).toBe('interactive-check');
    expect(verdicts()).toMatchObject({ 'host-key': 'pass', ssh: 'fail' });
    const found = result.results.find(each => each.id === 'ssh');
    expect(found?.remedies?.join()).toContain('http://10.77.0.2:8080/auth/x1');
    expect(found?.observed).toEqual({ url: 'http://10.77.0.2:8080/auth/x1' });
  });

  it.each([
    ['refuses', 'ssh: connect to host 127.0.0.1 port 22: Connection refused', 'ssh-refused'],
    ['is silent', 'ssh: connect to host 127.0.0.1 port 22: Connection timed out', 'ssh-timeout'],
    ['takes none from us for now', 'kex_exchange_identification: Connection closed by remote host', 'ssh-turned-away'],
    ['is no ssh server', 'banner exchange: Connection to 127.0.0.1 port 22: invalid format', 'ssh-banner'],
  ])('a port that %s is told of as such, and by the login alone', async (_what, stderr, code) => {
    const { world, result } = await look({ ssh: () => ({ stderr }) });
    expect(result.exit).toBe('host-silent');
    expect(result.results.find(found => found.id === 'port')).toMatchObject({ verdict: 'fail', code });
    expect(result.results.find(found => found.id === 'ssh')).toMatchObject({ verdict: 'skip', needs: 'port' });
    expect([world.onHosts.length, world.connections]).toEqual([1, 0]);
  });

  it('an interruption ends everything and leaves no file behind', async () => {
    const hanging = { deaf: true, ssh: () => ({ stderr: '', hang: true }) };
    const world = await World.start({ nodes: ['web1'], pins: [pinned('web1')], ...hanging });
    worlds.push(world);
    const hosts = [makeHost('web1', { port: world.port })];
    const config = makeConfig(hosts, { file: join(world.folder, 'ops.yaml') });
    const abort = new AbortController();
    setTimeout(() => abort.abort('terminated'), 50);
    const env = { XDG_RUNTIME_DIR: world.folder };
    const looking = preflight({
      config,
      hosts,
      purpose: pinning,
      mode: 'required',
      runner: world,
      now: () => Date.now(),
      env,
      signal: abort.signal,
    });
    await expect(looking).rejects.toMatchObject({ code: 'interrupted', exit: 'terminated' });
    expect(readdirSync(world.folder)).toEqual(['ops.pins']);
  });
});

describe('a tailnet policy that does not let us in', () => {
  const DENIED = { stderr: 'tailscale: tailnet policy does not permit you to SSH as user "deploy"' };

  it('only not yet: asked once more, and told', async () => {
    const answers = [DENIED, null];
    const { world, result } = await look({ ssh: () => answers.shift() ?? null });
    expect(result.exit).toBe('ok');
    expect(result.results.find(({ id }) => id === 'ssh')).toMatchObject({ verdict: 'warn', code: 'policy-late' });
    expect(world.onHosts).toHaveLength(2);
  });

  it('at all: asked no more than twice', async () => {
    const { world, result } = await look({ ssh: () => DENIED });
    expect(result.exit).toBe('ssh-denied');
    expect(result.results.find(({ id }) => id === 'ssh')).toMatchObject({ verdict: 'fail', code: 'ssh-policy' });
    expect(world.onHosts).toHaveLength(2);
  });
});

describe('modes', () => {
  const cut = () => ({ stderr: 'Connection closed by remote host' });

  it('required: an unknown outcome stops', async () => {
    const { result, verdicts } = await look({ facts: () => healthyFacts('machine_id ') });
    expect(verdicts().machine).toBe('unknown');
    expect(result).toMatchObject({ exit: 'identity-mismatch', reports: [{ ready: false }] });
  });

  it('auto: an unknown outcome only warns', async () => {
    const { result } = await look({ facts: () => healthyFacts('machine_id ') }, { mode: 'auto' });
    expect(result).toMatchObject({ exit: 'ok', reports: [{ ready: true, verdict: 'unknown' }] });
  });

  it('auto: a failure still stops, and so does a host that nobody is logged in to', async () => {
    expect((await look({ offline: ['web1'] }, { mode: 'auto' })).result.exit).toBe('host-silent');
    const { result } = await look({ ssh: cut }, { mode: 'auto' });
    expect(result).toMatchObject({ exit: 'host-silent', reports: [{ ready: false }] });
  });

  it('disabled: identity, host key, machine and lock are asked all the same', async () => {
    const { result } = await look(
      { facts: () => healthyFacts('tool mv BusyBox', 'web/target none') },
      { mode: 'disabled', purpose: goingBack(makeApp()) },
    );
    expect(result.results.map(found => found.id)).toEqual(['identity', 'host-key', 'machine', 'lock']);
    expect(result.exit).toBe('ok');
    const wrong = await look({ pins: [makePin('web1', { stableId: '77' })] }, { mode: 'disabled' });
    expect(wrong.result.exit).toBe('identity-mismatch');
  });
});

describe('other ways in', () => {
  it('--via goes round the tailnet with the pinned key', async () => {
    const { world, result, verdicts } = await look({ backendState: 'Stopped' }, { via: '127.0.0.1' });
    expect(result.exit).toBe('ok');
    expect(result.reports[0]).toMatchObject({ via: '127.0.0.1', address: '127.0.0.1', fqdn: 'web1.lab.test', path: null });
    expect(verdicts().tailnet).toBeUndefined();
    expect(world.ran.some(spec => spec.program === 'tailscale')).toBe(false);
    expect(result.sessions.get('web1')).toMatchObject({ peer: null, target: { bind: null, address: '127.0.0.1' } });
  });

  it('--via without a pin sends nothing', async () => {
    const { world, result } = await look({ pins: [] }, { via: '127.0.0.1' });
    expect(result.exit).toBe('identity-mismatch');
    expect(world.onHosts).toHaveLength(0);
  });

  it('the machine itself needs no tailnet and no pin', async () => {
    const hosts = [makeHost('local', { local: true, privilege: 'none' })];
    const facts = () => healthyFacts('lingering 1', 'web/target none', 'web/user_uid 990');
    const { world, result, verdicts } = await look(
      { backendState: 'Stopped', pins: [], facts },
      { hosts, purpose: goingBack(makeApp()) },
    );
    expect(result.exit).toBe('host-not-ready');
    expect(Object.keys(verdicts('local'))).toEqual([
      'tools',
      'privilege',
      'remote-tools',
      'state',
      'lock',
      'target',
      'units',
      'disk',
    ]);
    expect(verdicts('local').disk).toBe('unknown');
    expect(world.ran.some(spec => spec.program === 'tailscale' || spec.args.includes('-O'))).toBe(false);
  });
});

it('a damaged ops.pins stops before anything is started', async () => {
  const world = await World.start({ nodes: ['web1'] });
  worlds.push(world);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(world.folder, 'ops.pins'), 'version 1\nhost \n');
  const config = makeConfig([makeHost('web1')], { file: join(world.folder, 'ops.yaml') });
  const looking = preflight({
    config,
    hosts: [makeHost('web1')],
    purpose: pinning,
    mode: 'required',
    runner: world,
    now: () => 0,
    env: {},
  });
  await expect(looking).rejects.toMatchObject({ code: 'pins-damaged', exit: 'usage' });
  expect(world.ran).toEqual([]);
});
