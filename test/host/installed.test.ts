import { hash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentFile } from '../../src/deploy/release/environment-file.ts';
import { variableDigests } from '../../src/deploy/release/installed.ts';
import { appIn, apps } from '../../src/host/facts/apps.ts';
import { paramsOf, parseFacts } from '../../src/host/facts/section.ts';
import { runProgram } from '../../src/host/host.ts';
import { appConfig } from '../support/app-config.ts';
import { scratch } from './support/scratch.ts';
import { LocalHost, SHELLS } from './support/shell.ts';

const VALUES = { A: 'one', KEY: 'first\nB="not one"\n\nlast', Z: '$\\"' };
const UNIT = '[Service]\nExecStart=/bin/true \\\n  # \u001b]0;x\u0007\n';
const BEFORE = new Date('2026-11-21T07:00:00Z');
const LATER = new Date('2026-11-21T08:00:00Z');

/** A host that serves release A of web, with a unit, its drop-in and an env file; and what it tells of them. */
function serving(shell: string) {
  const home = scratch();
  const path = join(home, 'srv');
  const state = join(home, '.local/state/ops/apps/web/releases/A');
  const unit = join(home, '.config/systemd/user/web.service');
  const env = join(home, '.config/ops/web.env');
  const dropin = `${unit}.d/50-ops-web.conf`;
  const tree = join(path, 'releases/A');
  const put = (file: string, text: string, mode = 0o644, at = BEFORE) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
    utimesSync(file, at, at);
  };
  for (const file of [unit, join(state, 'units/web.service')]) put(file, UNIT);
  for (const file of [dropin, join(state, 'dropins/web.service')]) put(file, 'EnvironmentFile=x\n');
  for (const file of [env, join(state, 'env')]) put(file, environmentFile(VALUES), 0o600);
  put(join(state, 'meta'), 'seq=1\nid=A\ndigest=d\n');
  const files = ['server.js', 'lib/a b.js'];
  for (const file of files) put(join(tree, file), file);
  put(join(state, 'manifest'), files.map(file => `f\t644\t${hash('sha256', file)}\t${file}\n`).join(''), 0o644, BEFORE);
  for (const folder of ['lib', '']) utimesSync(join(tree, folder), BEFORE, BEFORE);
  symlinkSync('releases/A', join(path, 'current'));
  const app = appConfig({ path, services: [{ kind: 'file', unit: 'web.service', file: 'web.service' }] });
  const ask = async (ours?: 'names' | 'texts', kept = false) => {
    const sections = [apps.ask({ apps: [app], knownManifests: ['*'], kept, ...(ours && { ours }) })];
    const params = paramsOf(sections);
    const call = { program: 'facts', privilege: 'none', params, deadlineMs: 20_000, mutates: false } as const;
    return appIn(parseFacts(await runProgram(new LocalHost(home, shell), call), sections), { id: 'web' })!;
  };
  return { ask, put, path, state, unit, env, dropin, tree };
}

/** As an editor, or `mv`, does. */
function replace(put: ReturnType<typeof serving>['put'], file: string) {
  put(`${file}~`, 'other');
  renameSync(`${file}~`, file);
}

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test('files beside the tree are told with mode and digest, variables by name, and texts only when they are asked for', async () => {
    const { ask, unit, env, dropin } = serving(shell);
    const files = [
      { path: env, mode: '600', digest: hash('sha256', environmentFile(VALUES)), text: null },
      { path: unit, mode: '644', digest: hash('sha256', UNIT), text: UNIT },
      { path: dropin, mode: '644', digest: hash('sha256', 'EnvironmentFile=x\n'), text: 'EnvironmentFile=x\n' },
    ];
    const variables = Object.keys(VALUES).map(name => ({ name, from: 'ops.yaml' }));
    const digests = variableDigests({ files: [], variables }, { texts: new Map(), env: VALUES });
    const plain = await ask();
    expect(plain.installed).toEqual(files.map(file => ({ ...file, text: null })));
    expect([plain.variables, plain.edited]).toEqual([[], []]);
    expect(await ask('names')).toMatchObject({ installed: plain.installed, variables: digests });
    expect(await ask('texts')).toMatchObject({ installed: files, variables: digests });
  });

  test('what a release keeps for the time when it is gone back to is told in the same way', async () => {
    const { ask, put, state, unit, env, dropin } = serving(shell);
    const before = state.replace(/A$/, 'B');
    const values = { A: 'one', KEY: 'other' };
    put(join(before, 'meta'), 'seq=0\nid=B\ndigest=d\n');
    put(join(before, 'units/old.service'), 'User=old\n');
    put(join(before, 'dropins/web.service'), 'b=c\n'.repeat(20_000));
    put(join(before, 'env'), environmentFile(values), 0o600);
    const kept = (path: string, text: string, told: boolean) => ({
      path,
      digest: hash('sha256', text),
      text: told ? text : null,
    });
    const filesOf = (told: boolean) => ({
      A: [kept(unit, UNIT, told), kept(dropin, 'EnvironmentFile=x\n', told), kept(env, environmentFile(VALUES), false)],
      B: [
        kept(unit.replace('web.service', 'old.service'), 'User=old\n', told),
        kept(dropin, 'b=c\n'.repeat(20_000), false),
        kept(env, environmentFile(values), false),
      ],
    });
    const variables = Object.keys(values).map(name => ({ name, from: 'ops.yaml' }));
    const other = variableDigests({ files: [], variables }, { texts: new Map(), env: values });
    const told = async (...asked: Parameters<typeof ask>) => Object.fromEntries((await ask(...asked)).kept);
    const both = (files: ReturnType<typeof filesOf>) => ({
      A: { files: files.A, variables: [] },
      B: { files: files.B, variables: other },
    });
    expect(await told('names', true)).toEqual(both(filesOf(false)));
    expect(await told('texts', true)).toEqual(both(filesOf(true)));
    const nothing = { files: [], variables: [] };
    expect(await told('texts', false)).toEqual({ A: nothing, B: nothing });
  });

  test('a text that is too long is not told by half', async () => {
    const { ask, put, unit } = serving(shell);
    put(unit, 'a=b\n'.repeat(20_000));
    expect((await ask('texts')).installed[1]).toMatchObject({ path: unit, text: null });
  });

  test('what was edited beside the tree is told, and what is gone', async () => {
    const { ask, put, unit, dropin } = serving(shell);
    put(unit, `${UNIT}Nice=1\n`);
    rmSync(dropin);
    expect((await ask()).edited).toEqual([unit, dropin].sort());
  });

  test('a file of the tree that was written since is told when it is another', async () => {
    const { ask, put, tree } = serving(shell);
    put(join(tree, 'lib/a b.js'), 'other', 0o644, LATER);
    expect((await ask()).edited).toEqual([join(tree, 'lib/a b.js')]);
  });

  test.each<[string, (host: ReturnType<typeof serving>) => void]>([
    ['was removed', ({ tree }) => rmSync(join(tree, 'lib/a b.js'))],
    ['was replaced by one with an older time', ({ put, tree }) => replace(put, join(tree, 'lib/a b.js'))],
    ['has another mode', ({ tree }) => chmodSync(join(tree, 'lib/a b.js'), 0o777)],
  ])('a file of the tree that %s is told', async (_, change) => {
    const host = serving(shell);
    change(host);
    expect((await host.ask()).edited).toEqual([join(host.tree, 'lib/a b.js')]);
  });

  test.each<[string, (host: ReturnType<typeof serving>) => void]>([
    ['is linked into the next release', ({ tree, path }) => linkSync(join(tree, 'server.js'), join(path, 'releases/next'))],
    ['was touched', ({ tree }) => utimesSync(join(tree, 'server.js'), LATER, LATER)],
    ['came while the clock was wrong', ({ tree }) => utimesSync(join(tree, 'server.js'), LATER, new Date('2099-01-01'))],
    ['is the app’s own', ({ put, tree }) => put(join(tree, 'lib/__pycache__/a.pyc'), 'x', 0o644, LATER)],
  ])('a file of the tree that %s is none of that', async (_, change) => {
    const host = serving(shell);
    change(host);
    expect((await host.ask()).edited).toEqual([]);
  });

  test('a release that leads elsewhere is told', async () => {
    const { ask, tree, path } = serving(shell);
    rmSync(tree, { recursive: true });
    mkdirSync(join(path, 'elsewhere'));
    symlinkSync(join(path, 'elsewhere'), tree);
    expect((await ask()).edited).toEqual([tree]);
  });
});
