import { join } from 'node:path';
import type { Context } from '../../src/context.ts';
import { Redactor } from '../../src/redact.ts';
import type { World } from '../preflight/fake-world.ts';
import { makeConfig, makeHost } from '../preflight/hosts.ts';

/** What a use-case may touch, in a made-up world: its first node is the only host unless said otherwise. */
export function contextIn(world: World, overrides: Partial<Context> = {}): Context {
  return {
    config: makeConfig([makeHost('web1', { port: world.port })], { file: join(world.folder, 'ops.yaml') }),
    runner: world,
    env: { XDG_RUNTIME_DIR: world.folder },
    preflightMode: 'required',
    via: null,
    pinNew: null,
    stateDir: join(world.folder, 'state'),
    cacheDir: join(world.folder, 'cache'),
    signal: new AbortController().signal,
    redactor: new Redactor(),
    now: () => Date.now(),
    emit: () => {},
    ...overrides,
  };
}
