import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningTailnet } from '../../src/tailnet/tailnet.ts';
import { acceptPins, proposePin, requirePin, withMachineId } from '../../src/tailnet/trust.ts';
import type { Peer, Pin } from '../../src/tailnet/types.ts';
import { makeKey, makePeer, makePin, makeStatus, thrown } from './nodes.ts';
import { notFound, ScriptedRunner } from './scripted-runner.ts';

/** A tailnet whose peer and whose own end are both on the loopback: the connection is real. */
function loopbackTailnet(peer: Partial<Peer> = {}, own: readonly string[] = ['127.0.0.1'], tun = true): RunningTailnet {
  const web1 = makePeer('web1', { ips: ['127.0.0.1'], ...peer });
  const status = makeStatus([web1], { tun, self: makePeer('op', { stableId: '100', ips: own }) });
  return { cli: { program: 'tailscale' }, status };
}

const keyscan = (...keys: string[]) => new ScriptedRunner(() => ({ stdout: keys.map(key => `127.0.0.1 ${key}\n`).join('') }));
const nothingRuns = new ScriptedRunner(() => notFound);

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer(socket => socket.on('error', () => {}).write('SSH-2.0-OpenSSH_9.2p1\r\n'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => new Promise(resolve => server.close(resolve)));

const host = () => ({ id: 'web1', name: 'web1', port });

describe('where host keys may come from', () => {
  test('a peer with Tailscale SSH: the control server vouches, nothing is asked of the peer', async () => {
    const tailnet = loopbackTailnet({ sshHostKeys: [makeKey('web1')], online: false });
    const proposal = await proposePin(nothingRuns, tailnet, { ...host(), port: 22 }, []);
    expect(proposal).toMatchObject({ state: 'new', source: 'control', pin: makePin('web1') });
  });

  test('an sshd: scanned over the tailnet', async () => {
    const runner = keyscan(makeKey('web1'));
    expect(await proposePin(runner, loopbackTailnet(), host(), [])).toMatchObject({
      state: 'new',
      source: 'scan',
      pin: makePin('web1'),
    });
    expect(runner.commands).toEqual([`ssh-keyscan -T 5 -p ${port} -t ed25519,ecdsa,rsa -- 127.0.0.1`]);
  });

  test('an sshd on a port of its own beside Tailscale SSH: both', async () => {
    const tailnet = loopbackTailnet({ sshHostKeys: [makeKey('web1')] });
    const proposal = await proposePin(keyscan(makeKey('second')), tailnet, host(), []);
    expect(proposal).toMatchObject({
      source: 'control and scan',
      pin: { hostKeys: [makeKey('web1'), makeKey('second')].sort() },
    });
  });

  test.each<[string, () => RunningTailnet, string, number]>([
    ['our end is not ours', () => loopbackTailnet({}, ['100.64.0.1']), 'not-our-address', 11],
    ['there is no TUN device', () => loopbackTailnet({}, ['127.0.0.1'], false), 'keys-unproved', 17],
    ['the peer is offline', () => loopbackTailnet({ online: false }), 'peer-offline', 13],
    ['the key of the peer has expired', () => loopbackTailnet({ expired: true }), 'peer-expired', 13],
  ])('never when %s, and nothing is scanned', async (_why, tailnet, code, exitCode) => {
    const runner = keyscan(makeKey('web1'));
    await expect(proposePin(runner, tailnet(), host(), [])).rejects.toMatchObject({ code, exitCode });
    expect(runner.ran).toEqual([]);
  });

  test('a closed port, no key, no ssh-keyscan: each says so', async () => {
    await expect(proposePin(keyscan(), loopbackTailnet(), { ...host(), port: 1 }, [])).rejects.toMatchObject({
      code: 'ssh-refused',
      exitCode: 13,
    });
    await expect(proposePin(keyscan(), loopbackTailnet(), host(), [])).rejects.toMatchObject({
      code: 'keyscan-empty',
      exitCode: 13,
    });
    await expect(proposePin(nothingRuns, loopbackTailnet(), host(), [])).rejects.toMatchObject({
      code: 'keyscan-missing',
      exitCode: 1,
    });
  });
});

describe('first, same, more, changed', () => {
  const propose = (pins: Pin[], key = makeKey('web1')) => proposePin(keyscan(key), loopbackTailnet(), host(), pins);

  test('the same host changes nothing, and keeps its machine-id', async () => {
    const pins = [makePin('web1', { machineId: 'a'.repeat(32) })];
    const proposal = await propose(pins);
    expect(proposal).toMatchObject({ state: 'same', differences: [] });
    expect(acceptPins(pins, [proposal], false)).toEqual(pins);
  });

  test('a further key is added without a question', async () => {
    const pins = [makePin('web1', { machineId: 'a'.repeat(32) })];
    const proposal = await proposePin(keyscan(makeKey('web1'), makeKey('web1', 'ssh-rsa')), loopbackTailnet(), host(), pins);
    expect(proposal.state).toBe('new-keys');
    expect(acceptPins(pins, [proposal], false)).toEqual([
      { ...pins[0], hostKeys: [makeKey('web1'), makeKey('web1', 'ssh-rsa')] },
    ]);
  });

  test('another key is refused with what changed and the command that re-pins', async () => {
    const pins = [makePin('web1', { machineId: 'a'.repeat(32) }), makePin('web2')];
    const proposal = await propose(pins, makeKey('new'));
    const error = thrown(() => acceptPins(pins, [proposal], false));
    expect(error).toMatchObject({ code: 'pin-changed', exitCode: 17 });
    expect(error.message).toMatch(/^not the host that was pinned\nweb1: other host key: pinned ssh-ed25519 SHA256:/);
    expect(error.hints).toContain('ops hosts pin web1 --replace   (when the change is yours)');
  });

  test('--replace takes the new host, forgets its machine-id, and leaves the others alone', async () => {
    const pins = [makePin('web1', { machineId: 'a'.repeat(32) }), makePin('web2')];
    const proposal = await propose(pins, makeKey('new'));
    expect(acceptPins(pins, [proposal], true)).toEqual([makePin('web2'), makePin('web1', { hostKeys: [makeKey('new')] })]);
  });

  test('--replace of a renamed host moves its pin', async () => {
    const pins = [makePin('web1', { fqdn: 'old.lab.test' })];
    const proposal = await propose(pins);
    expect(proposal.differences.map(difference => difference.kind)).toEqual(['name']);
    expect(acceptPins(pins, [proposal], true)).toEqual([makePin('web1')]);
  });
});

describe('the pin of a connection', () => {
  const status = makeStatus([]);

  test('no pin, no connection: exit 17 and the command', () => {
    const error = thrown(() => requirePin([], 'web1', makePeer('web1'), status));
    expect(error).toMatchObject({ code: 'pin-missing', exitCode: 17, hints: ['ops hosts pin web1'] });
  });

  test('a node that took the name is refused before anything is sent', () => {
    const error = thrown(() => requirePin([makePin('web1')], 'web1', makePeer('web1', { stableId: '7' }), status));
    expect(error).toMatchObject({ code: 'pin-changed', exitCode: 17 });
    expect(error.message).toContain('web1: other node: pinned 1, this name now belongs to 7');
  });

  test('keys that the control server vouches for must agree', () => {
    const peer = makePeer('web1', { sshHostKeys: [makeKey('new')] });
    expect(thrown(() => requirePin([makePin('web1')], 'web1', peer, status)).code).toBe('pin-changed');
  });

  test('the pinned host passes', () => {
    expect(requirePin([makePin('web1')], 'web1', makePeer('web1'), status)).toEqual(makePin('web1'));
  });

  test('the first login completes the pin, a later one must agree', () => {
    const complete = withMachineId(makePin('web1'), 'web1', 'a'.repeat(32));
    expect(complete.machineId).toBe('a'.repeat(32));
    expect(withMachineId(complete, 'web1', 'a'.repeat(32))).toBe(complete);
    expect(thrown(() => withMachineId(complete, 'web1', 'b'.repeat(32)))).toMatchObject({ code: 'pin-changed', exitCode: 17 });
  });
});
