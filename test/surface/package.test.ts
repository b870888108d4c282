import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleInto } from '../../scripts/bundle.ts';
import { ROOT } from '../../scripts/program.ts';

const YAML = `version: 1
tailnet: tail1234.ts.net
hosts:
  web1: {}
apps:
  web:
    hosts: [web1]
    source: { dir: site }
    path: /srv/web
`;

/** Packs this checkout as `npm pack` does and installs the tarball where nothing else is: no network, no scripts. */
describe('the package, installed without the repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-package-'));
  const installed = join(folder, 'elsewhere/node_modules/tailnet-ops');
  const project = join(folder, 'project');
  const npm = (cwd: string, ...argv: string[]) =>
    execFileSync('npm', [...argv, '--offline', '--ignore-scripts', '--loglevel=error'], { cwd, encoding: 'utf8' });

  beforeAll(async () => {
    const packed = join(folder, 'packed');
    for (const part of ['package.json', 'README.md', 'LICENSE', 'bin', 'schema', 'examples']) {
      if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(packed, part), { recursive: true });
    }
    await bundleInto(packed);
    const tarball = npm(packed, 'pack').trim();
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere/package.json'), '{}');
    npm(join(folder, 'elsewhere'), 'install', join(packed, tarball));
    mkdirSync(join(project, 'site'), { recursive: true });
    writeFileSync(join(project, 'ops.yaml'), YAML);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function ops(...argv: string[]) {
    const bin = join(folder, 'elsewhere/node_modules/.bin/ops');
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], { cwd: project, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  test('is the only thing that was installed', () => {
    const names = readdirSync(join(folder, 'elsewhere/node_modules')).filter(name => !name.startsWith('.'));
    expect(names).toEqual(['tailnet-ops']);
    expect(readdirSync(installed)).toEqual(
      expect.arrayContaining(['bin', 'dist', 'oclif.manifest.json', 'package.json', 'schema']),
    );
    expect(readdirSync(installed)).not.toContain('src');
  });

  test('names no place of the machine that built it', () => {
    const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
    const telling = files.filter(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(ROOT));
    expect(files.length).toBeGreaterThan(20);
    expect(telling.map(entry => entry.name)).toEqual([]);
  });

  test('says which packages of others are in it, and in which version', () => {
    const bundled = JSON.parse(readFileSync(join(installed, 'dist/bundled.json'), 'utf8'));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/yaml/package.json'), 'utf8'));
    expect(bundled).toContainEqual({ name: 'yaml', version, license: 'ISC' });
  });

  test('checks a config', () => {
    expect(ops('config', 'check')).toEqual({
      status: 0,
      stdout: `${join(project, 'ops.yaml')} is valid: 1 host, 1 app, tailnet tail1234.ts.net\n`,
      stderr: '',
    });
  });

  test('prints an ops.yaml that explains every key, without the way to a schema that is not there', () => {
    const reference = readFileSync(join(ROOT, 'examples/reference.ops.yaml'), 'utf8');
    const { status, stdout } = ops('config', 'example');
    expect({ status, whole: reference.endsWith(stdout) }).toEqual({ status: 0, whole: true });
    expect(stdout).toMatch(/^# Every key of ops\.yaml/);
    expect(JSON.parse(ops('config', 'example', '--json').stdout)).toMatchObject({ ok: true, text: stdout });
  });

  test.each(['--version', '--help'])('%s prints what oclif would', flag => {
    // A second word leaves the short way.
    const byOclif = ops(flag, '--color=never');
    expect(byOclif).toMatchObject({ status: 0, stderr: '' });
    expect(ops(flag)).toEqual(byOclif);
    expect(byOclif.stdout).toContain(`tailnet-ops/0.1.0 ${process.platform}-${process.arch} node-${process.version}`);
  });

  test.each(['--version', '--help'])('%s needs no bundle', flag => {
    const bare = join(folder, `bare${flag}`);
    cpSync(installed, bare, { recursive: true });
    rmSync(join(bare, 'dist/main.js'));
    const { status, stdout } = spawnSync(process.execPath, [join(bare, 'bin/run.js'), flag], { encoding: 'utf8' });
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: ops(flag).stdout });
  });

  test.each(['--version', '--help'])('%s outlives its reader, and says what a full disk kept from it', flag => {
    const shell = (command: string) => {
      const argv = ['-c', command, process.execPath, join(installed, 'bin/run.js'), flag];
      return spawnSync('/bin/sh', argv, { encoding: 'utf8' }).stderr;
    };
    expect(shell('{ sleep 0.2; "$0" "$1" "$2"; echo "exit $?" >&2; } | true')).toBe('exit 0\n');
    expect(shell('"$0" "$1" "$2" >/dev/full; echo "exit $?" >&2')).toBe(
      'stdout could not be written: no space left on device (output-unwritten) · exit 1\nexit 1\n',
    );
  });

  test.each([[[]], [['help']], [['-h']]])('%j is --help', argv => {
    expect(ops(...argv)).toEqual(ops('--help'));
  });

  test('every command loads: none needs what the bundle leaves out', () => {
    const { commands } = JSON.parse(readFileSync(join(installed, 'oclif.manifest.json'), 'utf8')) as { commands: object };
    const words = Object.keys(commands).map(id => id.split(':'));
    expect(words).toContainEqual(['deploy']);
    for (const command of words)
      expect(ops(...command, '--no-such-flag')).toMatchObject({ status: 2, stderr: expect.stringContaining('--no-such-flag') });
  });
});
