import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { controlDirBases, createControlDir } from '../../src/exec/control-dir.ts';

const base = mkdtempSync(join(tmpdir(), 'control-'));
afterAll(() => rmSync(base, { recursive: true }));

describe('controlDirBases', () => {
  it('prefers the runtime folder of the user', () => {
    expect(controlDirBases({ XDG_RUNTIME_DIR: '/run/user/1000' }, '/var/tmp')).toEqual(['/run/user/1000', '/var/tmp', '/tmp']);
  });

  it('leaves out what would make the socket path too long', () => {
    const macos = '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T';
    expect(controlDirBases({}, macos)).toEqual([macos, '/tmp']);
    expect(controlDirBases({ XDG_RUNTIME_DIR: `/run/${'x'.repeat(80)}` }, '/tmp')).toEqual(['/tmp']);
    for (const dir of controlDirBases({ XDG_RUNTIME_DIR: `/r${'x'.repeat(69)}` }, macos)) {
      expect(`${dir}/ops-XXXXXX/c99.0123456789abcdef`.length).toBeLessThan(104);
    }
  });

  it('takes no relative folder from the environment', () => {
    expect(controlDirBases({ XDG_RUNTIME_DIR: 'run' }, '/tmp')).toEqual(['/tmp']);
  });
});

describe('createControlDir', () => {
  it('makes a folder for this user alone, and removes it', async () => {
    chmodSync(base, 0o777);
    const dir = await createControlDir([base]);
    expect(statSync(dir.path).mode & 0o777).toBe(0o700);
    await dir.remove();
    await dir.remove();
    expect(existsSync(dir.path)).toBe(false);
  });

  it('goes on to the next when the first was never made', async () => {
    const dir = await createControlDir([join(base, 'missing'), base]);
    expect(dir.path.startsWith(`${base}/ops-`)).toBe(true);
  });

  it('says so when there is none', async () => {
    await expect(createControlDir([join(base, 'missing')])).rejects.toMatchObject({ code: 'control-dir' });
  });
});
