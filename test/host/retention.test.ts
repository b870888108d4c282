import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

const PARTS = [
  'core/lib',
  'core/run',
  'deploy/tree',
  'deploy/state',
  'deploy/dead',
  'deploy/layout-releases',
  'deploy/retention',
];

/** An app with the releases a (oldest) to d, all proven; d is current, c is the way back. */
function place() {
  const home = scratch();
  const state = join(home, '.local/state/ops/apps/web');
  const path = join(home, 'srv');
  for (const [seq, id] of ['a', 'b', 'c', 'd'].entries()) {
    mkdirSync(join(state, 'releases', id), { recursive: true });
    mkdirSync(join(path, 'releases', id), { recursive: true });
    writeFileSync(join(state, 'releases', id, 'meta'), `seq=${seq}\nid=${id}\n`);
    writeFileSync(join(state, 'releases', id, 'state'), 'proven\n');
  }
  symlinkSync('releases/d', join(path, 'current'));
  mkdirSync(join(state, 'runs/r-9'), { recursive: true });
  const notes = join(state, 'runs/r-9/notes');
  return {
    home,
    state,
    path,
    trees: () => readdirSync(join(path, 'releases')).sort(),
    known: () => readdirSync(join(state, 'releases')).sort(),
    notes: () => (existsSync(notes) ? readFileSync(notes, 'utf8') : ''),
  };
}

describe.each(Object.keys(SHELLS))('under %s', shell => {
  const ask = (
    at: ReturnType<typeof place>,
    body: string,
    { before = 'systemctl() { :; }', remove = ['b', 'a'] as readonly string[], back = 'c' } = {},
  ) => {
    const start = `${before}\np_remove='' p_back=''\nparams\nseams\nrun_dir=$app_dir/runs/r-9 going_back='' stop='' previous=d before=d code='' why=''\n`;
    const params = { privilege: 'none', app: 'web', path: at.path, remove, back };
    const done = speak(shell, PARTS, `${start}${body}\nsay status $?\nsay why "$why"`, at.home, { params });
    expect(done.answer).not.toBeNull();
    return done.answer!;
  };

  test('of releases that nothing goes back to no environment stays, of others it does', () => {
    const at = place();
    const env = (id: string) => join(at.state, 'releases', id, 'env');
    for (const id of ['a', 'b', 'c', 'd']) writeFileSync(env(id), 'KEY="old"\n', { mode: 0o600 });
    for (const [id, is] of [
      ['a', 'failed'],
      ['c', 'left'],
      ['d', 'active'],
    ] as const)
      writeFileSync(join(at.state, 'releases', id, 'state'), `${is}\n`);
    // c is what a failure on another host comes back to, though this run has left it.
    expect(ask(at, 'prune d', { remove: [] }).get('status')).toBe('0');
    expect(['a', 'b', 'c', 'd'].map(id => existsSync(env(id)))).toEqual([false, true, true, true]);
  });

  test('prune removes what the plan names, tree and state, and says so', () => {
    const at = place();
    expect(ask(at, 'prune d').get('status')).toBe('0');
    expect(at.trees()).toEqual(['c', 'd']);
    expect(at.known()).toEqual(['c', 'd']);
    expect(at.notes()).toBe('detail removed release b\ndetail removed release a\n');
  });

  test('prune decides nothing itself: what the plan does not name stays, and what is not there is no trouble', () => {
    const at = place();
    expect(ask(at, 'prune d', { remove: ['b', 'gone'] }).get('status')).toBe('0');
    expect(at.trees()).toEqual(['a', 'c', 'd']);
    expect(ask(at, 'prune d', { remove: [] }).get('status')).toBe('0');
    expect(at.trees()).toEqual(['a', 'c', 'd']);
  });

  test('whatever the plan names, what serves, what served before, the way back and an adopted one stay', () => {
    const at = place();
    writeFileSync(join(at.state, 'releases/a/meta'), `seq=0\nid=a\nlink=${at.path}/releases/a\n`);
    mkdirSync(join(at.path, 'releases/e'));
    mkdirSync(join(at.state, 'releases/e'));
    writeFileSync(join(at.state, 'releases/e/meta'), 'seq=5\nid=e\n');
    // e serves, d served before, c is the way back, a was there before ops.
    expect(ask(at, 'prune e', { remove: ['a', 'b', 'c', 'd', 'e'] }).get('status')).toBe('0');
    expect(at.trees()).toEqual(['a', 'c', 'd', 'e']);
    expect(at.known()).toEqual(['a', 'c', 'd', 'e']);
  });

  test('one that cannot be removed is not said to be gone, has lost its name, and goes with the next', () => {
    const at = place();
    const refused = ask(at, 'prune d', {
      before: 'systemctl() { :; }\nrm() { case $* in *trash-b*) return 1 ;; esac; command rm "$@"; }',
    });
    expect(refused.get('status')).toBe('1');
    expect(refused.get('why')).toMatch(/^cannot remove .*\.trash-b/);
    expect(at.notes()).toBe('');
    expect(at.trees()).toEqual(['.trash-b', 'a', 'c', 'd']);
    expect(at.known(), 'state without a name is no release').toEqual(['.trash-b', 'a', 'c', 'd']);
    expect(ask(at, 'prune d').get('status')).toBe('0');
    expect(at.trees()).toEqual(['c', 'd']);
    expect(at.known()).toEqual(['c', 'd']);
  });

  test('how many went is counted', () => {
    const at = place();
    expect(ask(at, 'prune d; say removed "$(removed)"').get('removed')).toBe('2');
    expect(ask(place(), ': >>"$run_dir/notes"; say removed "$(removed)"').get('removed')).toBe('0');
  });

  test('sweep takes what dead uploads left, and nothing that may be alive', () => {
    const at = place();
    const now = Math.floor(Date.now() / 1000);
    for (const [run, since] of [
      ['r-old', now - 31],
      ['r-now', now],
      ['r-held', now - 31],
    ] as const) {
      mkdirSync(join(at.path, `releases/.partial-${run}`), { recursive: true });
      mkdirSync(join(at.state, 'runs', run), { recursive: true });
      writeFileSync(
        join(at.state, 'runs', run, 'intent'),
        `since=${since}\nboot=${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}\n`,
      );
    }
    const held = "systemctl() { printf 'Id=ops-app-web.service\\nDescription=ops web r-held\\n'; }";
    const silent = "systemctl() { echo 'Failed to connect to bus' >&2; return 1; }";
    expect(ask(at, 'sweep', { before: silent }).get('status')).toBe('0');
    expect(at.trees(), 'nobody knows what lives').toContain('.partial-r-old');
    expect(ask(at, 'sweep', { before: held }).get('status')).toBe('0');
    expect(at.trees()).toEqual(['.partial-r-held', '.partial-r-now', 'a', 'b', 'c', 'd']);
    expect(at.notes()).toContain('detail removed what the upload r-old left');
  });

  test('a lock that systemd does not tell of is not free', () => {
    const at = place();
    const told = (systemctl: string) =>
      ask(at, 'unread=; holder; say ok $?; say held "$held"; say unread "$unread"', { before: systemctl });
    const locks = (...ofEach: string[]) =>
      told(`systemctl() { printf '%s\\n' ${ofEach.map(lock => `'Id=${lock.replace(' ', "' 'Description=")}' ''`).join(' ')}; }`);
    const host = 'ops-host.service ops-host.service';
    expect(locks(host, 'ops-app-api.service ops api r-2', 'ops-app-web.service ops web r-1').get('held')).toBe('r-1');
    expect(locks(host, 'ops-app-api.service ops api r-2').get('held')).toBe('');
    expect(locks(host, 'ops-app-host.service ops web r-3').get('held'), 'of an app that is named like a scope').toBe('');
    const silent = told("systemctl() { echo 'Failed to connect to bus: Host is down' >&2; return 1; }");
    expect([silent.get('ok'), silent.get('held'), silent.get('unread')]).toEqual([
      '1',
      '',
      'Failed to connect to bus: Host is down',
    ]);
  });
});
