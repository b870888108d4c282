import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compose } from '../../src/host/compose.ts';
import type { ProgramName } from '../../src/host/programs.ts';
import { scratch } from './support/scratch.ts';
import { NONCE, run, SHELLS, speak } from './support/shell.ts';

/** Other accounts are root's to play: elsewhere there is nobody to attack with. */
const PLAYED = process.getuid?.() === 0 ? Object.keys(SHELLS) : [];
const ROUNDS = process.env.OPS_TEST_FULL ? 200 : 20;
/** The account of the app: `nobody` is on every machine. */
const WEB = 65534;
const LEAF = 'nobody';

function place() {
  const home = scratch();
  chmodSync(home, 0o755);
  const victim = join(home, 'victim');
  mkdirSync(join(victim, 'cron.d'), { recursive: true });
  writeFileSync(join(victim, 'shadow'), 'root:secret\n', { mode: 0o600 });
  const path = join(home, 'srv/app');
  mkdirSync(join(home, 'srv'));
  const web = (at: string) => lchownSync(at, WEB, WEB);
  return { home, victim, path, web };
}

/** Whose everything there is, with its mode and content. */
function look(dir: string): string {
  const script = 'find "$1" -printf "%P %y %U:%G %m %l\\n" -type f -exec sha256sum {} + | sort';
  return execFileSync('sh', ['-c', script, 'sh', dir], { encoding: 'utf8' });
}

const whose = (path: string) => `${statSync(path).uid} ${(statSync(path).mode & 0o7777).toString(8)}`;

/** `yes`, or where others could lead the path elsewhere. */
function guarded(shell: string, home: string, at: string, privilege: string) {
  const body = 'params\nseams\nif guarded "$p_path"; then say guarded yes; else say guarded "$open_at"; fi';
  const { answer } = speak(shell, ['core/lib', 'core/guarded'], body, home, { params: { path: join(home, at), privilege } });
  return answer?.get('guarded')?.replace(home, '~');
}

test.each(Object.keys(SHELLS))(
  'without privilege what is the login’s own is guarded, unless others may write there, under %s',
  shell => {
    const { home, path } = place();
    mkdirSync(path);
    expect(guarded(shell, home, 'srv/app/releases', 'none')).toBe('yes');
    chmodSync(path, 0o757);
    expect(guarded(shell, home, 'srv/app/releases', 'none')).toBe('~/srv/app');
  },
);

/** A program as root would run it on a host, with its state below `home`. */
function asOnHost(shell: string, { home, path }: ReturnType<typeof place>, name: ProgramName, params: object) {
  const common = {
    privilege: 'root',
    app: 'app',
    path,
    run: 'r-1',
    user: LEAF,
    digest: 'd',
    release: 'R',
    mode: 'deploy',
    by: 'me',
  };
  const composed = compose(name, { nonce: NONCE, params: { ...common, ...params }, blobs: { add: '', drop: '' } });
  const text = composed
    .replaceAll('state=/var/lib/ops', `state=${home}/state`)
    .replaceAll('volatile=/run/ops', `volatile=${home}/run`);
  const { answer, stderr } = run(shell, `systemctl() { :; }\n${text}`, home);
  return { code: answer?.get('error') ?? 'done', detail: answer?.get('detail'), stderr };
}

describe.each(PLAYED)('guarded under %s', shell => {
  test.each<[what: string, at: string, make: (at: ReturnType<typeof place>) => void, answer: string]>([
    ['folders of root', 'srv/app', ({ path }) => mkdirSync(path), 'yes'],
    ['what is not there yet', 'srv/app/releases', () => undefined, 'yes'],
    ['a link that root made', 'l/app', ({ home }) => symlinkSync('srv', join(home, 'l')), 'yes'],
    ['one that goes up first', 'srv/l/x', ({ home }) => symlinkSync('../victim', join(home, 'srv/l')), 'yes'],
    [
      'a link that the account made',
      'srv/app',
      ({ path, web }) => {
        symlinkSync('../victim', path);
        web(path);
      },
      '~/srv/app',
    ],
    [
      'a link of root to a folder below one of the account',
      'l/y',
      ({ home, web }) => {
        mkdirSync(join(home, 'home/y'), { recursive: true });
        web(join(home, 'home'));
        symlinkSync('home/y', join(home, 'l'));
      },
      '~/home',
    ],
    [
      'links without end',
      'a/x',
      ({ home }) => {
        symlinkSync('b', join(home, 'a'));
        symlinkSync('a', join(home, 'b'));
      },
      '~/b',
    ],
    [
      'a folder of the account',
      'srv/app/releases',
      ({ path, web }) => {
        mkdirSync(path);
        web(path);
      },
      '~/srv/app',
    ],
    [
      'one below it that is root’s',
      'srv/app/x/y',
      ({ path, web }) => {
        mkdirSync(join(path, 'x'), { recursive: true });
        web(path);
      },
      '~/srv/app',
    ],
    [
      'a folder for a group to write',
      'srv/app',
      ({ path }) => {
        mkdirSync(path);
        chmodSync(path, 0o775);
      },
      '~/srv/app',
    ],
    [
      'a folder for all to write',
      'srv/app',
      ({ path }) => {
        mkdirSync(path);
        chmodSync(path, 0o757);
      },
      '~/srv/app',
    ],
    [
      'one like /tmp',
      'srv/app',
      ({ path }) => {
        mkdirSync(path);
        chmodSync(path, 0o1777);
      },
      '~/srv/app',
    ],
  ])('%s', (_what, at, make, answer) => {
    const there = place();
    make(there);
    expect(guarded(shell, there.home, at, 'sudo')).toBe(answer);
  });

  test('without privilege the group that a login has for itself may write, and no other', () => {
    const { home, path } = place();
    mkdirSync(path);
    chmodSync(path, 0o775);
    expect(guarded(shell, home, 'srv/app', 'none')).toBe('yes');
    chownSync(path, 0, WEB);
    expect(guarded(shell, home, 'srv/app', 'none')).toBe('~/srv/app');
  });
});

describe.each(PLAYED)('what the account of an app puts in the way under %s', shell => {
  test.each<[what: string, plant: (at: ReturnType<typeof place>) => void, params?: object]>([
    [
      'a mark in a folder of its own',
      ({ path, web }) => {
        mkdirSync(path);
        writeFileSync(join(path, '.ops'), 'app app\n');
        web(path);
        symlinkSync('../../victim', join(path, 'shared'));
      },
    ],
    ['a folder of its own above the place of the app', ({ home, web }) => web(join(home, 'srv'))],
    [
      'a link in place of releases',
      ({ path, victim, web }) => {
        mkdirSync(path);
        writeFileSync(join(path, '.ops'), 'app app\n');
        symlinkSync(join(victim, 'cron.d'), join(path, 'releases'));
        web(join(path, 'releases'));
      },
    ],
    [
      'releases of its own',
      ({ path, web }) => {
        mkdirSync(join(path, 'releases'), { recursive: true });
        writeFileSync(join(path, '.ops'), 'app app\n');
        web(join(path, 'releases'));
      },
    ],
    [
      'a link in place of what is to be adopted',
      ({ path, victim, web }) => {
        symlinkSync(victim, path);
        web(path);
      },
      { link: 'x', take: [`${WEB}:${WEB} 755 755 PATH`] },
    ],
    [
      'another folder than the plan saw',
      ({ path, web }) => {
        mkdirSync(path);
        web(path);
      },
      { link: 'x', take: [`${WEB}:${WEB} 700 755 PATH`] },
    ],
  ])('%s: nothing is written', (_what, plant, params = {}) => {
    const at = place();
    plant(at);
    const before = [look(join(at.home, 'srv')), look(at.victim)];
    const filled = JSON.parse(JSON.stringify(params).replaceAll('PATH', at.path));
    const { code, detail } = asOnHost(shell, at, 'stage', { shared: ['folder data'], ...filled });
    expect(code).toBe('target-unsafe');
    expect(detail).toContain(join(at.home, 'srv'));
    expect([look(join(at.home, 'srv')), look(at.victim)]).toEqual(before);
  });

  /** An app that is deployed, with a shared folder of root and one of the account in it. */
  function shared() {
    const at = place();
    mkdirSync(join(at.path, 'releases'), { recursive: true });
    writeFileSync(join(at.path, '.ops'), 'app app\n');
    mkdirSync(join(at.path, 'shared/data'), { recursive: true });
    at.web(join(at.path, 'shared/data'));
    return at;
  }

  test.each(['file', 'folder'])('a link in a shared folder of its own: no %s at its end becomes its own', kind => {
    const at = shared();
    symlinkSync('../../../../victim/cron.d', join(at.path, 'shared/data/cache'));
    const before = look(at.victim);
    const { code } = asOnHost(shell, at, 'stage', { shared: [`${kind} data/cache/job`] });
    expect(look(at.victim)).toBe(before);
    expect(code).toBe('target-unwritable');
  });

  test('what is shared in what is shared is made by the account, and is its own', () => {
    const at = shared();
    const { code } = asOnHost(shell, at, 'stage', {
      shared: ['folder data/cache', 'file data/db/x', 'folder logs', 'file .env'],
    });
    expect(code).toBe('manifest-mismatch');
    const names = ['data/cache', 'data/db/x', 'logs', '.env'];
    expect(names.map(name => whose(join(at.path, 'shared', name)))).toEqual([
      `${WEB} 755`,
      `${WEB} 600`,
      `${WEB} 755`,
      `${WEB} 600`,
    ]);
    expect(look(join(at.path, 'shared'))).not.toContain('.ops-new');
  });

  test('a first deploy makes the shared folder the app’s own, and what is in it', () => {
    const at = place();
    asOnHost(shell, at, 'stage', { shared: ['folder data', 'folder data/cache'] });
    expect(['.', 'releases', 'shared', 'shared/data', 'shared/data/cache'].map(name => whose(join(at.path, name)))).toEqual([
      ...['0 755', '0 755'],
      ...Array(3).fill(`${WEB} 755`),
    ]);
  });

  test('whatever it swaps meanwhile, nothing outside changes', () => {
    const at = shared();
    const before = look(at.victim);
    const swaps = `cd ${at.path}/shared/data && while :; do mkdir job; rm -rf job; ln -s ${at.victim}/shadow job; rm -f job; mkdir cache
      rmdir cache; ln -s ${at.victim}/cron.d cache; rm -f cache; done 2>/dev/null`;
    const attacker = spawn('sh', ['-c', swaps], { uid: WEB, gid: WEB, stdio: 'ignore' });
    onTestFinished(() => void attacker.kill('SIGKILL'));
    for (let round = 0; round < ROUNDS; round += 1)
      asOnHost(shell, at, 'stage', {
        run: `r-${round}`,
        shared: ['folder data/job', 'folder data/cache/x', 'file data/cache/y'],
      });
    expect(look(at.victim)).toBe(before);
  }, 600_000);
});

describe.each(PLAYED)('an adoption of a folder that is the account’s own under %s', shell => {
  /** Its installation, with a folder of releases of its own. */
  function installed(mode = 0o2775) {
    const at = place();
    mkdirSync(join(at.path, 'releases/v1'), { recursive: true });
    writeFileSync(join(at.path, 'releases/v1/server.js'), 'serve()\n');
    for (const name of ['', 'releases', 'releases/v1', 'releases/v1/server.js']) at.web(join(at.path, name));
    chmodSync(at.path, mode);
    const take = [`${WEB}:${WEB} ${mode.toString(8)} 2755 ${at.path}`, `${WEB}:${WEB} 755 755 ${at.path}/releases`];
    return { ...at, take };
  }

  test('takes the folder alone, and gives it back when it comes to nothing', () => {
    const at = installed();
    const before = look(at.path);
    const { code } = asOnHost(shell, at, 'stage', { link: at.path, take: at.take, shared: ['folder data'] });
    // The tree that it would go on with is not the one of the plan.
    expect(code).toBe('manifest-mismatch');
    expect(['', 'releases', 'releases/v1', 'releases/v1/server.js'].map(name => whose(join(at.path, name)))).toEqual([
      ...['0 2755', '0 755'],
      ...[`${WEB} 755`, `${WEB} 644`],
    ]);
    asOnHost(shell, at, 'unstage', {});
    expect(look(at.path)).toBe(before);
    expect(existsSync(join(at.home, 'state/apps/app/taken'))).toBe(false);
  });

  test('stays taken while another upload is at work there', () => {
    const at = installed();
    asOnHost(shell, at, 'stage', { link: at.path, take: at.take });
    mkdirSync(join(at.path, 'releases/.partial-r-2'));
    asOnHost(shell, at, 'unstage', {});
    expect(whose(at.path)).toBe('0 2755');
  });

  test('is never led astray by links that are swapped into it', () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const at = installed();
      const before = look(at.victim);
      const swaps = `cd ${at.path} && while :; do mv releases old; ln -s ${at.victim} releases; rm -f releases; mv old releases; done 2>/dev/null`;
      const attacker = spawn('sh', ['-c', swaps], { uid: WEB, gid: WEB, stdio: 'ignore' });
      onTestFinished(() => void attacker.kill('SIGKILL'));
      asOnHost(shell, at, 'stage', { link: at.path, take: at.take, shared: ['folder data'] });
      asOnHost(shell, at, 'unstage', {});
      attacker.kill('SIGKILL');
      expect(look(at.victim)).toBe(before);
    }
  }, 600_000);
});
