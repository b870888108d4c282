import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { controlDirBases, createControlDir } from '../../src/exec/control-dir.ts';

/** A folder whose run goes on until it is told how to end. */
async function runElsewhere(base: string): Promise<{ path: string; end(how: 'kill' | 'leave'): Promise<void> }> {
  const script = `
    import { createControlDir } from ${JSON.stringify(new URL('../../src/exec/control-dir.ts', import.meta.url).href)};
    console.log((await createControlDir([${JSON.stringify(base)}])).path);
    process.stdin.on('data', () => process.exit(130));`;
  const run = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [path] = await once(run.stdout, 'data');
  const end = async (how: 'kill' | 'leave') => {
    if (how === 'kill') run.kill('SIGKILL');
    else run.stdin.write('leave');
    await once(run, 'close');
  };
  return { path: String(path).trim(), end };
}

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

describe('a folder whose name a program could take apart', () => {
  it.each(['/tmp/my folder', "/tmp/o'clock", '/tmp/a"b', '/tmp/$HOME', '/tmp/a\nb'])('is not taken: %j', base => {
    expect(controlDirBases({ XDG_RUNTIME_DIR: base }, '/tmp')).toEqual(['/tmp']);
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
    await dir.remove();
  });

  it('says so when there is none', async () => {
    await expect(createControlDir([join(base, 'missing')])).rejects.toMatchObject({ code: 'control-dir' });
  });
});

describe('what a run leaves behind', () => {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'));
  const log = join(bin, 'log');
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\necho "$@" >>${log}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  afterEach(() => rmSync(log, { force: true }));
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(bin, { recursive: true });
  });
  const ended = (path: string) => `-F none -O exit -o ControlPath=${join(path, 'c0')} -- host\n`;

  it('is taken away by the next one where it was killed, its connections too', async () => {
    const run = await runElsewhere(base);
    writeFileSync(join(run.path, 'c0'), '');
    writeFileSync(join(run.path, 'k0'), '');
    await run.end('kill');
    expect(existsSync(run.path)).toBe(true);
    const next = await createControlDir([base]);
    expect(existsSync(run.path)).toBe(false);
    expect(readFileSync(log, 'utf8')).toBe(ended(run.path));
    await next.remove();
  });

  it('is left alone while it lives, and where nobody knows whose it is', async () => {
    const run = await runElsewhere(base);
    const foreign = join(base, 'ops-foreig');
    mkdirSync(foreign);
    const next = await createControlDir([base]);
    expect([existsSync(run.path), existsSync(foreign)]).toEqual([true, true]);
    await next.remove();
    await run.end('leave');
  });

  it('goes with it where it leaves in the middle of its work', async () => {
    const run = await runElsewhere(base);
    writeFileSync(join(run.path, 'c0'), '');
    await run.end('leave');
    expect(existsSync(run.path)).toBe(false);
    expect(readFileSync(log, 'utf8')).toBe(ended(run.path));
  });
});
