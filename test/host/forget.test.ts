import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/host/compose.ts';
import { scratch } from './support/scratch.ts';
import { NONCE, run, SHELLS } from './support/shell.ts';

/** An app with a unit and an env file, and a home that holds nothing else. */
function place() {
  const home = scratch();
  const state = join(home, '.local/state/ops');
  const unit = join(home, '.config/systemd/user/web.service');
  const env = join(home, '.config/ops/web.env');
  for (const dir of ['.local/state/ops/apps/web', '.config/systemd/user', '.config/ops', 'srv'])
    mkdirSync(join(home, dir), { recursive: true });
  writeFileSync(unit, '[Service]\n');
  writeFileSync(env, 'A=1\n');
  writeFileSync(join(state, 'apps/web/created'), `${unit}\n${env}\n`);
  writeFileSync(join(state, 'apps/web/path'), `${join(home, 'srv')}\n`);
  return { home, state, unit, env };
}

describe.each(Object.keys(SHELLS))('forget under %s', shell => {
  /** Where `rm` fails for `immutable`. The lines of its record. */
  function forget({ home, state, unit, env }: ReturnType<typeof place>, immutable: string, restored: readonly string[] = []) {
    const runDir = join(home, 'run/ops/r-1');
    mkdirSync(runDir, { recursive: true });
    const known = { unit: [unit], env: [env], restored, state: [join(state, 'apps/web'), state] };
    const there = Object.entries(known).flatMap(([kind, paths]) => paths.filter(existsSync).map(path => `${kind} ${path}\n`));
    const belongings = there.join('');
    const data = { params: { privilege: 'none', run: 'r-1', mode: 'forget', only: '', trees: '' }, blobs: { belongings } };
    const tools = `systemctl() { :; }\nrm() { case " $* " in *" ${immutable} "*) return 1 ;; esac; command rm "$@"; }\n`;
    run(shell, tools + compose('forget', { nonce: NONCE, ...data }), home);
    return readFileSync(join(runDir, 'record'), 'utf8').split('\nend\n')[0]!.split('\n');
  }

  test('all of it goes', () => {
    const at = place();
    const record = forget(at, '/nowhere');
    expect(record).toEqual(expect.arrayContaining(['outcome done', 'seen left 0']));
    expect([at.unit, at.env, at.state].filter(existsSync)).toEqual([]);
  });

  test('a folder that was taken over is given back, and then all is gone', () => {
    const at = place();
    const taken = join(at.home, 'srv');
    chmodSync(taken, 0o755);
    const { uid, gid } = statSync(taken);
    writeFileSync(join(at.state, 'apps/web/taken'), `${uid}:${gid} 775 ${taken}\n`);
    expect(forget(at, '/nowhere', [taken])).toEqual(expect.arrayContaining(['outcome done', 'seen left 0']));
    expect((statSync(taken).mode & 0o7777).toString(8)).toBe('775');
    expect(existsSync(at.state)).toBe(false);
  });

  test('where others could lead elsewhere what is removed, nothing is', () => {
    const at = place();
    chmodSync(join(at.home, 'srv'), 0o777);
    expect(forget(at, '/nowhere')).toEqual(expect.arrayContaining(['outcome refused', 'code target-unsafe']));
    expect([at.unit, at.env, at.state].filter(existsSync)).toEqual([at.unit, at.env, at.state]);
  });

  test('what cannot be removed is no success, and the state that knows of it stays for the next try', () => {
    const at = place();
    const record = forget(at, at.unit);
    expect(record).toEqual(expect.arrayContaining(['outcome stuck', 'code forget-failed', `detail unit ${at.unit}`]));
    expect([at.unit, at.env].filter(existsSync)).toEqual([at.unit]);
    expect(forget(at, '/nowhere')).toEqual(expect.arrayContaining(['outcome done', 'seen left 0']));
    expect([at.unit, at.state].filter(existsSync)).toEqual([]);
  });
});

describe.each(Object.keys(SHELLS))('an upload that a forget meets under %s', shell => {
  function stage(home: string, tools: string, base?: string) {
    const path = join(home, 'srv');
    const params = {
      ...(base !== undefined && { base }),
      privilege: 'none',
      app: 'web',
      path,
      run: 'r-1',
      release: '1',
      mode: 'deploy',
      digest: '-',
      by: 'me',
    };
    return run(shell, tools + compose('stage', { nonce: NONCE, params, blobs: { add: '', drop: '' } }), home).answer;
  }
  /** NAME works from its second call on. */
  const failsOnce = (name: string, first: string) =>
    `${name}() { [ -e "$HOME/once" ] || { : >"$HOME/once"; ${first}; return 1; }; command ${name} "$@"; }\n`;

  test('its folder went while it was being made: it is made again', () => {
    const home = scratch();
    expect(stage(home, failsOnce('mkdir', ':'))?.get('error')).toBe('manifest-mismatch');
    expect(existsSync(join(home, '.local/state/ops/apps/web/runs/r-1/add'))).toBe(true);
  });

  test('its folder went while it was being filled: somebody else was at work, and the disk is well', () => {
    const home = scratch();
    const answer = stage(home, failsOnce('awk', 'rm -r "$HOME/.local/state/ops/apps/web"'));
    expect([answer?.get('error'), answer?.get('holder_run')]).toEqual(['lock-held', 'unknown']);
    expect(existsSync(join(home, 'srv')), 'what was made for it goes again').toBe(false);
  });

  test('it builds on a release of an app that was forgotten: nothing is made', () => {
    const home = scratch();
    const answer = stage(home, '', 'A');
    expect([answer?.get('error'), answer?.get('holder_run')]).toEqual(['lock-held', 'unknown']);
    expect(existsSync(join(home, 'srv'))).toBe(false);
  });

  test('its folder is there and cannot be written: that is the disk', () => {
    expect(stage(scratch(), failsOnce('awk', ':'))?.get('error')).toBe('target-unwritable');
  });
});
