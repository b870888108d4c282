import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { isPinned, pinNewHosts, planPins } from '../../src/hosts/index.ts';
import { Redactor } from '../../src/redact.ts';
import { World } from '../preflight/fake-world.ts';
import { MACHINE_ID, makeConfig, makeHost } from '../preflight/hosts.ts';
import { makeKey } from '../tailnet/nodes.ts';

let world: World;
let context: Context;

beforeAll(async () => {
  world = await World.start({ nodes: ['web1', 'web2'], offline: ['web2'], keyscan: `127.0.0.1 ${makeKey('web1')}\n` });
  const hosts = ['web1', 'web2'].map(id => makeHost(id, { port: world.port }));
  context = {
    config: makeConfig(hosts, { file: join(world.folder, 'ops.yaml') }),
    runner: world,
    env: { XDG_RUNTIME_DIR: world.folder },
    preflightMode: 'required',
    via: null,
    pinNew: null,
    stateDir: world.folder,
    cacheDir: world.folder,
    signal: new AbortController().signal,
    redactor: new Redactor(),
    now: () => Date.now(),
    emit: () => undefined,
  };
});
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
