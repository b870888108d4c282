import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { printPins } from '../../src/tailnet/pins.ts';
import { loadPins, pinsFile, savePins } from '../../src/tailnet/pins-file.ts';
import { makePin } from './nodes.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-pins-'));
  file = pinsFile(join(folder, 'ops.yaml'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('ops.pins lies beside ops.yaml; none means no pins', async () => {
  expect(file).toBe(join(folder, 'ops.pins'));
  expect(await loadPins(file)).toEqual([]);
});

test('what is saved is loaded, and nothing else is left in the folder', async () => {
  await savePins(file, [makePin('web2')]);
  await savePins(file, [makePin('web2'), makePin('web1')]);
  expect(await loadPins(file)).toEqual([makePin('web1'), makePin('web2')]);
  expect(await readdir(folder)).toEqual(['ops.pins']);
  expect((await stat(file)).mode & 0o777 & ~process.umask()).toBe(0o644 & ~process.umask());
});

test('the old pins stay when the new ones cannot be put in their place', async () => {
  await mkdir(file);
  await writeFile(join(file, 'occupied'), '');
  await expect(savePins(file, [makePin('web1')])).rejects.toMatchObject({ code: 'pins-unwritable', exitCode: 1 });
  expect(await readdir(folder)).toEqual(['ops.pins']);
});

test('pins that would not be read back as they are leave the file as it was', async () => {
  await savePins(file, [makePin('web1')]);
  const hostile = makePin('web2', { machineId: 'x\nhost web1.lab.test' });
  await expect(savePins(file, [makePin('web1'), hostile])).rejects.toMatchObject({ code: 'pins-unwritable' });
  expect(await loadPins(file)).toEqual([makePin('web1')]);
  expect(await readdir(folder)).toEqual(['ops.pins']);
});

test('a damaged file is named by its base name, with line and column', async () => {
  await writeFile(file, 'version 1\nhost WEB1\n');
  await expect(loadPins(file)).rejects.toMatchObject({
    code: 'pins-damaged',
    exitCode: 2,
    problems: [{ at: 'ops.pins:2:6' }, { at: 'ops.pins:2:1' }],
  });
});

test('a folder, a huge file: unreadable, exit 2', async () => {
  await mkdir(file);
  await expect(loadPins(file)).rejects.toMatchObject({ code: 'pins-unreadable', exitCode: 2 });
  await rm(file, { recursive: true });
  await writeFile(file, Buffer.alloc(1_048_577, '#'));
  await expect(loadPins(file)).rejects.toMatchObject({ code: 'pins-unreadable', exitCode: 2 });
});

test('a link is not read, and its words are not told', async () => {
  await writeFile(join(folder, 'id_ed25519'), '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n');
  await symlink('id_ed25519', file);
  await expect(loadPins(file)).rejects.toMatchObject({
    code: 'pins-unreadable',
    exit: 'usage',
    message: `${file} could not be read: expected a file, found a link`,
  });
});

test.each(['-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n', 'version secret\n', 'password secret\n', 'version 1.secret'])(
  'of %j, which is something else, nothing is told but the place',
  async text => {
    await writeFile(file, text);
    await expect(loadPins(file)).rejects.toMatchObject({
      code: 'pins-damaged',
      problems: [{ at: 'ops.pins:1:1', message: 'expected the line `version 1` first' }],
    });
  },
);

test('a reader never sees half a file while it is replaced', async () => {
  const few = [makePin('web1')];
  const many = Array.from({ length: 200 }, (_, n) => makePin(`web${n}`));
  const whole = new Set([printPins(few), printPins(many)]);
  await savePins(file, few);
  let writing = true;
  const reads = (async () => {
    let count = 0;
    for (; writing; count++) expect(whole.has(await readFile(file, 'utf8'))).toBe(true);
    return count;
  })();
  for (let round = 0; round < 20; round++) await savePins(file, round % 2 ? few : many);
  writing = false;
  expect(await reads).toBeGreaterThan(20);
});
