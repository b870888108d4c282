import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { inventory, isPinned, pinNewHosts, planPins } from '../../src/hosts/index.ts';
import { Redactor } from '../../src/redact.ts';
import { World, type WorldOptions } from '../preflight/fake-world.ts';
import { MACHINE_ID, makeConfig, makeHost } from '../preflight/hosts.ts';
import { makeKey } from '../tailnet/nodes.ts';

let world: World;
let context: Context;

beforeAll(async () => {
  world = await World.start({ nodes: ['web1', 'web2'], offline: ['web2'], keyscan: `127.0.0.1 ${makeKey('web1')}\n` });
  context = contextOf(world);
});

function contextOf(around: World, port = around.port, signal = new AbortController().signal): Context {
  const hosts = ['web1', 'web2'].map(id => makeHost(id, { port }));
  return {
    config: makeConfig(hosts, { file: join(around.folder, 'ops.yaml') }),
    runner: around,
    env: { XDG_RUNTIME_DIR: around.folder },
    preflightMode: 'required',
    via: null,
    pinNew: null,
    stateDir: around.folder,
    cacheDir: around.folder,
    signal,
    redactor: new Redactor(),
    now: () => Date.now(),
    emit: () => undefined,
  };
}
afterAll(() => world.stop());

test('new hosts are pinned with their machine; one that is offline is no reason to stop', async () => {
  expect(isPinned(await planPins(context, { hosts: ['web1'], replace: false }))).toBe(false);
  expect(await pinNewHosts(context, ['web2'])).toEqual([]);
  expect(await pinNewHosts(context, ['web1', 'web2'])).toEqual(['web1']);
  expect(await pinNewHosts(context, ['web1'])).toEqual([]);

  const plan = await planPins(context, { hosts: ['web1'], replace: false });
  expect(plan.pins).toMatchObject([{ fqdn: 'web1.lab.test', hostKeys: [makeKey('web1')], machineId: MACHINE_ID }]);
  expect(isPinned(plan)).toBe(true);
});

test('a pin without its machine is not done: the next login completes it', async () => {
  const plan = await planPins(context, { hosts: ['web1'], replace: false });
  const proposals = plan.proposals.map(proposal => ({ ...proposal, pin: { ...proposal.pin, machineId: null } }));
  expect(isPinned({ ...plan, proposals })).toBe(false);
});

test('a host that is named twice is asked once', async () => {
  const { proposals } = await planPins(context, { hosts: ['web1', 'web1'], replace: false });
  expect(proposals.map(({ id }) => id)).toEqual(['web1']);
});

describe('Ctrl-C ends within two seconds', () => {
  const pin = (asked: Context) => planPins(asked, { hosts: ['web1'], replace: false });
  const list = (asked: Context) => inventory(asked, { ping: true });
  const silent = createServer();
  beforeAll(() => new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve)));
  afterAll(() => silent.close());

  test.each<[string, Partial<WorldOptions>, (asked: Context) => Promise<unknown>]>([
    ['the list of hosts, while tailscaled does not answer', { hangs: 'tailscale' }, list],
    ['the list of hosts, while a peer does not', { deaf: true }, list],
    ['a pin, while tailscaled does not answer', { hangs: 'tailscale' }, pin],
    ['a pin, while keys are looked for', { hangs: 'ssh-keyscan' }, pin],
    ['a pin, while a port that shows none is asked why', { keyscan: '' }, pin],
  ])('%s', async (_, trouble, look) => {
    const around = await World.start({ nodes: ['web1', 'web2'], ...trouble });
    const abort = new AbortController();
    const began = performance.now();
    setTimeout(() => abort.abort('terminated'), 100);
    const { port } = silent.address() as { port: number };
    await expect(look(contextOf(around, port, abort.signal))).rejects.toMatchObject({ code: 'interrupted', exitCode: 143 });
    expect(performance.now() - began).toBeLessThan(2_000);
    await around.stop();
  });
});
