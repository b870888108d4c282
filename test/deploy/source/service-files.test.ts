import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AppConfig } from '../../../src/config/types.ts';
import { readServiceFiles } from '../../../src/deploy/source/service-files.ts';
import { readSource } from '../../../src/deploy/source/source.ts';
import { LocalRunner } from '../../../src/exec/local.ts';
import { appConfig } from '../../support/app-config.ts';

const OTHER = '/srv/web/releases/20261120-1911-77b0de';
const RUN = './venv/bin/serve --now';
const UNIT = 'deploy/web.service';

/** What is said of a source with these files, whose service is started like this. */
async function read(files: Record<string, string>, { run = RUN, ...overrides }: Partial<AppConfig> & { run?: string } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'ops-service-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ 'server.js': '', ...files })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const services =
    UNIT in files
      ? [{ kind: 'file', unit: 'web.service', file: UNIT } as const]
      : [{ ...appConfig().services[0]!, run } as never];
  const app = appConfig({ source: { kind: 'dir', dir, exclude: [] }, services, ...overrides });
  return readServiceFiles(app, await readSource(app, [], new LocalRunner()));
}

test.each<[string, string, Record<string, string>, Parameters<typeof read>[1]?]>([
  ['a service', 'venv/bin/serve:1', { 'venv/bin/serve': `#!${OTHER}/venv/bin/python3\n` }],
  ['a service by its place', 'a:1', { a: `#! /usr/bin/env -S ${OTHER}/node` }, { run: '/srv/web/current/a' }],
  ['a unit', 'bin/a:1', { 'bin/a': `#!${OTHER}/node\n`, [UNIT]: '[Service]\nExecStart = -/srv/web/current/bin/a 1\n' }],
  ['a check', 'bin/a:1', { 'bin/a': `#!${OTHER}/node\n` }, { checks: [['bin/a']] }],
  ['the venv of a service', 'venv/pyvenv.cfg:2', { 'venv/bin/serve': 'ELF', 'venv/pyvenv.cfg': `x = y\nhome = ${OTHER}/bin\n` }],
  ['a unit itself', `${UNIT}:2`, { [UNIT]: `[Service]\nWorkingDirectory=${OTHER}\nExecStart=/bin/sh\n` }],
])('that %s goes on with another release is said with its line', async (_what, place, files, overrides) => {
  await expect(read(files, overrides)).rejects.toMatchObject({
    code: 'source-entry',
    message: `"${place}" in the source of web names release 20261120-1911-77b0de, and would go on with that one`,
    hints: [expect.stringContaining('/srv/web/current/')],
  });
});

test.each<[string, Record<string, string>, Parameters<typeof read>[1]?]>([
  ['an interpreter of the system', { 'venv/bin/serve': '#!/usr/bin/python3\n' }],
  ['one in another place', { 'venv/bin/serve': '#!/opt/python/bin/python3\n' }],
  ['one of whatever is current', { 'venv/bin/serve': '#!/srv/web/current/venv/bin/python3\n' }],
  ['one of another app', { 'venv/bin/serve': `#!${OTHER}/python3\n` }, { path: '/srv/api' }],
  ['a place that only ends alike', { 'venv/bin/serve': `#!/mnt${OTHER}/python3\n` }],
  ['a line that is no first one', { 'venv/bin/serve': `#!/bin/sh\nls ${OTHER}\n`, 'venv/pyvenv.cfg': `command = ${OTHER}` }],
  ['a file that no service begins with', { 'bin/other': `#!${OTHER}/node\n` }],
  ['a file that is shared', { 'venv/bin/serve': `#!${OTHER}/python3\n` }, { shared: [{ path: 'venv', folder: true }] }],
  ['no file at all', {}],
  ['a folder of all releases', { [UNIT]: `[Service]\n# ${OTHER}\nReadWritePaths=/srv/web/releases/\nExecStart=/bin/sh\n` }],
])('%s is well', async (_what, files, overrides) => {
  const texts = await read(files, overrides);
  expect([...texts]).toEqual(UNIT in files ? [['web.service', files[UNIT]]] : []);
});

test('a unit file that is not there is named', async () => {
  const services = [{ kind: 'file', unit: 'web.service', file: UNIT } as const];
  await expect(read({}, { services })).rejects.toMatchObject({ code: 'unit-file-missing' });
});

test.each([
  ['a link', [], 'expected a file, found a link'],
  ['a link that is excluded', ['deploy'], 'expected a file, found a link'],
])('a unit file that is %s is not read', async (_what, exclude, reason) => {
  const dir = mkdtempSync(join(tmpdir(), 'ops-service-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'deploy'));
  writeFileSync(join(dir, 'key'), 'PRIVATE');
  symlinkSync('../key', join(dir, UNIT));
  const services = [{ kind: 'file', unit: 'web.service', file: UNIT } as const];
  const app = appConfig({ source: { kind: 'dir', dir, exclude }, services });
  await expect(readSource(app, [], new LocalRunner()).then(source => readServiceFiles(app, source))).rejects.toMatchObject({
    code: 'source-entry',
    message: `"${UNIT}" in the source of web cannot be read: ${reason}`,
  });
});
