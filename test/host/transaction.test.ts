import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/host/compose.ts';
import { scratch } from './support/scratch.ts';
import { NONCE, run, SHELLS, speak } from './support/shell.ts';

/** An app without services: run r-1 has brought the release `new`, which waits to be asked from outside; `old` is proven. */
function place() {
  const home = scratch();
  const path = join(home, 'srv');
  const state = join(home, '.local/state/ops/apps/web');
  for (const [id, is, awaits] of [
    ['old', 'proven', ''] as const,
    ['new', 'active', 'ask seen http http://web1:1/ - new 1 1 1 - - named\n'] as const,
  ]) {
    mkdirSync(join(path, 'releases', id), { recursive: true });
    mkdirSync(join(state, 'releases', id), { recursive: true });
    writeFileSync(join(state, 'releases', id, 'meta'), `seq=1\nid=${id}\n`);
    writeFileSync(join(state, 'releases', id, 'state'), `${is}\n`);
    writeFileSync(join(state, 'releases', id, 'spec'), `user app\nstable_ms 0\n${awaits}`);
  }
  symlinkSync('releases/new', join(path, 'current'));
  writeFileSync(join(path, '.ops'), 'app web\n');
  mkdirSync(join(state, 'runs/r-1'), { recursive: true });
  writeFileSync(join(state, 'runs/r-1/before'), 'release old\n');
  symlinkSync('runs/r-1', join(state, 'last'));
  return { home, path, state };
}

describe.each(Object.keys(SHELLS))('under %s', shell => {
  function carryOut(
    { home, path, state }: ReturnType<typeof place>,
    id: string,
    more: Readonly<Record<string, string>>,
    stubs = '',
  ) {
    const common = { privilege: 'none', app: 'web', path, run: id, release: 'new', fence_current: 'releases/new', back: 'old' };
    run(shell, `systemctl() { :; }\n${stubs}\n${compose('deploy', { nonce: NONCE, params: { ...common, ...more } })}`, home);
    return readFileSync(join(state, 'runs', id, 'record'), 'utf8')
      .split('\nend\n')[0]!
      .split('\n');
  }

  test.each<[what: string, code: string, spoil: (path: string) => void]>([
    ['a folder that others may write to', 'target-unsafe', path => chmodSync(path, 0o777)],
    [
      'a link in place of the releases',
      'target-unsafe',
      path => {
        renameSync(join(path, 'releases'), join(path, 'elsewhere'));
        symlinkSync('elsewhere', join(path, 'releases'));
      },
    ],
    [
      'a link in place of the mark',
      'target-foreign',
      path => {
        renameSync(join(path, '.ops'), join(path, 'mark'));
        symlinkSync('mark', join(path, '.ops'));
      },
    ],
  ])('in %s nothing is written: %s', (_what, code, spoil) => {
    const at = place();
    spoil(at.path);
    const record = carryOut(at, 'r-2', { mode: 'resume', fence_units: '-' });
    expect(record).toEqual(expect.arrayContaining(['outcome refused', `code ${code}`]));
    expect(readlinkSync(join(at.path, 'current'))).toBe('releases/new');
  });

  test('a way back is not stopped by whoever wants the run to stop: it is what they want', () => {
    const at = place();
    mkdirSync(join(at.state, 'runs/r-1-back'));
    writeFileSync(join(at.state, 'runs/r-1-back/stop'), '');
    const record = carryOut(at, 'r-1-back', { mode: 'back', left: 'failed', code: 'operator-probe', why: 'interrupted' });
    expect(record).toEqual(expect.arrayContaining(['outcome reverted', 'code operator-probe']));
    expect(readlinkSync(join(at.path, 'current'))).toBe('releases/old');
    expect(existsSync(join(at.state, 'runs/r-1-back/stop')), 'nobody finds it later').toBe(false);
  });

  test.each([
    ['nobody is at work', 'yes', '', ''],
    ['somebody else is about to', 'no', 'flock "$run_dir" sleep 1 & sleep 0.5', ''],
    ['the run is going on', 'no', '', 'Id=ops-app-web.service\\nDescription=ops web r-1\\n'],
  ])('a phase is added to a run by one at a time: %s', (_, goesOn, before, locks) => {
    const { home } = place();
    const body = `params; seams; run_at r-1; sctl() { printf '${locks}'; }; ${before}\nif alone; then say alone yes; else say alone no; fi; exit 0`;
    const params = { privilege: 'none', app: 'web' };
    expect(speak(shell, ['core/lib', 'core/watch'], body, home, { params }).answer?.get('alone')).toBe(goesOn);
  });

  test('a run that is stopped while a probe is asked was stopped, and no probe failed', () => {
    const at = place();
    writeFileSync(join(at.state, 'releases/new/spec'), 'user app\nstable_ms 0\nprobe p tcp 127.0.0.1:9 - - 2 100 500 - - -\n');
    writeFileSync(join(at.state, 'runs/r-1/intent'), 'mode=deploy\nrelease=new\n');
    // Between the first try and the last one.
    const record = carryOut(at, 'r-2', { mode: 'resume', fence_units: '-' }, 'sleep() { : >"$run_dir/stop"; }');
    expect(record).toEqual(
      expect.arrayContaining(['outcome reverted', 'code stopped', 'reason asked to stop before it was proven']),
    );
  });

  test('whoever finishes a rollback finishes that it left a release, too', () => {
    const at = place();
    writeFileSync(join(at.state, 'releases/new/spec'), 'user app\nstable_ms 0\n');
    writeFileSync(join(at.state, 'releases/new/state'), 'proven\n');
    writeFileSync(join(at.state, 'runs/r-1/intent'), 'mode=rollback\nrelease=new\n');
    expect(carryOut(at, 'r-2', { mode: 'resume', fence_units: '-' })).toContain('outcome done');
    expect(readFileSync(join(at.state, 'releases/old/state'), 'utf8').trim()).toBe('left');
  });

  test('whoever finishes what finished a rollback takes nothing from a release that was proven, though it fails now', () => {
    const at = place();
    const silent = 'probe p tcp 127.0.0.1:9 - - 1 100 500 - - -\n';
    writeFileSync(join(at.state, 'releases/new/spec'), `user app\nstable_ms 0\n${silent}`);
    writeFileSync(join(at.state, 'releases/new/state'), 'proven\n');
    // r-1 went back to `new` and was cut off; r-2 was to finish that, and was cut off, too.
    writeFileSync(join(at.state, 'runs/r-1/intent'), 'mode=resume\nrelease=new\n');
    writeFileSync(join(at.state, 'runs/r-1/before'), 'release old\nfallen proven\n');
    expect(carryOut(at, 'r-3', { mode: 'resume', fence_units: '-' })).toEqual(
      expect.arrayContaining(['outcome reverted', 'code probe-failed']),
    );
    expect(readFileSync(join(at.state, 'releases/new/state'), 'utf8').trim()).toBe('proven');
    expect(readFileSync(join(at.state, 'runs/r-3/before'), 'utf8')).toBe('release old\nfallen proven\n');
  });

  test('a proof from outside leaves what the run recorded: what was seen, when it began, and what served before', () => {
    const at = place();
    const seen = ['started 100', 'previous releases/old', 'evidence web.service\tstable\tthe same process', 'detail careful'];
    const record = ['outcome done', 'code ok', 'release new', 'state active', ...seen, 'end', ''].join('\n');
    writeFileSync(join(at.state, 'runs/r-1/record'), record);
    expect(carryOut(at, 'r-1', { mode: 'confirm' })).toEqual(expect.arrayContaining(['outcome done', 'state proven', ...seen]));
  });
});
