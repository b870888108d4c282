import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { foreign, type Place } from '../../src/config/ours.ts';
import { folder, lines, load, refusal } from './in-folder.ts';

const BARE = 'version: 1\ntailnet: tail1234.ts.net\nhosts: {web1: }\n';

describe('an ops.yaml that is a link', () => {
  it('is followed inside its own folder, and its paths start where it was found', async () => {
    const root = await folder({ 'deploy/web.yaml': BARE });
    await symlink('deploy/web.yaml', join(root, 'ops.yaml'));
    expect(await load(root)).toMatchObject({ file: join(root, 'ops.yaml'), root });
  });

  it.each([['../secret'], ['/dev/zero'], ['up/secret'], ['nowhere']])('is not followed to %s, unless it is named', async to => {
    const root = await folder({ secret: BARE, 'project/.keep': '' });
    const project = join(root, 'project');
    await symlink('..', join(project, 'up'));
    await symlink(to, join(project, 'ops.yaml'));
    const error = await refusal(project);
    expect([error.code, error.exit]).toEqual(['config-unreadable', 'usage']);
    expect(error.message).toMatch(
      /^\S+\/ops\.yaml: expected a file, found a link (to \S+, outside of its folder|that leads nowhere)$/,
    );
    expect(error.hints).toEqual([`--config ${join(project, 'ops.yaml')}, when you mean it`]);
    if (to === '../secret') expect(await load(project, { file: 'ops.yaml' })).toMatchObject({ root: project });
  });
});

it.each([
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n', 'expected a map, found text'],
  ['//registry.example/:_authToken=secret\n', 'expected a map, found text'],
  ['*secret', 'no such anchor before this alias'],
  ['!secret x', 'not valid YAML: Unresolved tag'],
  ['a: |secret\n', 'not valid YAML: Block scalar header includes extra characters'],
  ['a: 1\nsecret\n', 'not valid YAML: Implicit map keys need to be followed by map values'],
  ['"a" secret', 'not valid YAML: Unexpected scalar at node end'],
])('%j, which is no ops.yaml, is told by its place alone', async (text, message) => {
  const told = lines(await refusal(await folder({ 'ops.yaml': text })));
  expect(told.some(line => line.endsWith(message))).toBe(true);
  expect(told.join('\n')).not.toMatch(/secret|c2VjcmV0/);
});

it('refuses a unit file that is a link, before anything is asked', async () => {
  const root = await folder({
    'ops.yaml': `${BARE}apps: {web: {hosts: web1, services: {a: {unit: d/a.service}}}}\n`,
    'real.service': '',
  });
  await mkdir(join(root, 'd'));
  await symlink('../real.service', join(root, 'd/a.service'));
  expect(lines(await refusal(root))).toEqual([
    `ops.yaml:4:48 apps.web.services.a.unit: expected a unit file, found a link at ${join(root, 'd/a.service')}`,
  ]);
});

describe('an ops.yaml that was only found', () => {
  it('is not taken from a folder that everybody can write, unless it is named', async () => {
    const root = await folder({ 'open/ops.yaml': BARE, 'open/below/.keep': '' });
    await chmod(join(root, 'open'), 0o777);
    const error = await refusal(join(root, 'open/below'));
    expect([error.code, error.exit, error.hints]).toEqual([
      'config-not-ours',
      'usage',
      [`--config ${join(root, 'open/ops.yaml')}, when you mean it`],
    ]);
    expect(error.message).toMatch(/: \S+\/open is writable for everybody$/);
    expect(await load(root, { file: 'open/ops.yaml' })).toMatchObject({ tailnet: 'tail1234.ts.net' });
    expect(await load(root, { env: { OPS_CONFIG: 'open/ops.yaml' } })).toMatchObject({ tailnet: 'tail1234.ts.net' });
  });

  const DANA = { uids: [1000], gids: [1000, 50] };
  const way = (...places: [path: string, uid: number, gid: number, mode: number][]): Place[] =>
    places.map(([path, uid, gid, mode]) => ({ path, uid, gid, mode }));
  const ROOT: [string, number, number, number] = ['/', 0, 0, 0o40755];

  test.each<[string, Place[], string | null]>([
    ['mine', way(['/p/ops.yaml', 1000, 1000, 0o644], ['/p', 1000, 1000, 0o40755], ROOT), null],
    ["root's", way(['/p/ops.yaml', 0, 0, 0o644], ['/p', 0, 0, 0o40755], ROOT), null],
    ["a team's of mine", way(['/p/ops.yaml', 1000, 50, 0o664], ['/p', 0, 50, 0o42775], ROOT), null],
    [
      'mine in /tmp',
      way(['/tmp/a/ops.yaml', 1000, 1000, 0o644], ['/tmp/a', 1000, 1000, 0o40755], ['/tmp', 0, 0, 0o41777], ROOT),
      null,
    ],
    ['mine, seen from a container', way(['/h/ops.yaml', 1000, 1000, 0o644], ['/h', 65_534, 65_534, 0o40755], ROOT), null],
    ["another's", way(['/p/ops.yaml', 1001, 1001, 0o644], ['/p', 1000, 1000, 0o40755], ROOT), '/p/ops.yaml belongs to uid 1001'],
    [
      "another's in /tmp",
      way(['/tmp/ops.yaml', 1001, 0, 0o644], ['/tmp', 0, 0, 0o41777], ROOT),
      '/tmp/ops.yaml belongs to uid 1001',
    ],
    [
      "in another's folder",
      way(['/p/a/ops.yaml', 1000, 0, 0o644], ['/p/a', 1000, 0, 0o40755], ['/p', 1001, 0, 0o40755], ROOT),
      '/p belongs to uid 1001',
    ],
    [
      'one that a foreign group can write',
      way(['/p/ops.yaml', 1000, 51, 0o664], ['/p', 1000, 0, 0o40755], ROOT),
      '/p/ops.yaml is writable for group 51',
    ],
    [
      'one that everybody can write',
      way(['/p/ops.yaml', 1000, 0, 0o646], ['/p', 1000, 0, 0o41777], ROOT),
      '/p/ops.yaml is writable for everybody',
    ],
    [
      'in a folder of a foreign group',
      way(['/p/ops.yaml', 1000, 0, 0o644], ['/p', 1000, 51, 0o40775], ROOT),
      '/p is writable for group 51',
    ],
    [
      'in a folder of everybody',
      way(['/a/p/ops.yaml', 1000, 0, 0o644], ['/a/p', 1000, 0, 0o40755], ['/a', 0, 0, 0o40777], ROOT),
      '/a is writable for everybody',
    ],
  ])('%s', (_whose, places, why) => {
    expect(foreign(places, DANA)).toBe(why);
  });
});
