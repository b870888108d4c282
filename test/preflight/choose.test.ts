import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { chooseApp, findApp, findHost, findHosts, hostsOf } from '../../src/preflight/index.ts';
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

test('a host that is named twice counts once', () => {
  const web1 = context.config.hosts.web1;
  expect(findHosts(context, ['web1', 'web1'])).toEqual([web1]);
  expect(hostsOf(context, makeApp({ hosts: ['web1'] }), ['web1', 'web1'])).toEqual([web1]);
});
