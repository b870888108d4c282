import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { chooseApp, findApp, findHost, hostsOf } from '../../src/preflight/index.ts';
import { makeApp, makeConfig, makeHost } from './hosts.ts';

const apps = { web: makeApp(), api: makeApp({ id: 'api' }) };
const context = { config: makeConfig([makeHost('web1')], { apps }) } as Context;
const empty = { config: makeConfig([], { apps: {} }) } as Context;

test.each([
  ['app-unknown', () => findApp(context, 'wbe'), 'ops config show'],
  ['app-missing', () => chooseApp(context, null), 'the same command with one of them'],
  ['app-missing', () => chooseApp(empty, null), 'ops config show'],
  ['host-undeclared', () => findHost(context, 'web9'), 'ops config show'],
  ['host-not-of-app', () => hostsOf(context, apps.web, ['web9']), 'ops config show'],
])('%s says how to go on', (code, look, hint) => {
  expect(look).toThrow(expect.objectContaining({ code, exit: 'usage', hints: [hint] }));
});
