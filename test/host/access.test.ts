import { describe, expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

/** What facts say of an app at ~/srv, with programs that answer as the test has it. */
function ask(shell: string, body: string) {
  const home = scratch();
  const text = `params
p_path=$HOME/srv about='' unit_dir=$HOME/units env_dir=$HOME/env app_dir=$HOME/state
mkdir -p srv/releases srv/shared/theirs 'srv/shared/with blank' units
${body}`;
  const params = { app: 'web', privilege: 'sudo', shared: ['web theirs', 'web with blank', 'web absent', 'other theirs'] };
  const { answer, stderr } = speak(
    shell,
    ['core/lib', 'core/guarded', 'deploy/units', 'deploy/facts'],
    `cd "$HOME"\n${text}`,
    home,
    { params },
  );
  return { said: (key: string) => answer?.all(key).map(line => line.replaceAll(home, '~')), stderr };
}

describe.each(Object.keys(SHELLS))('facts under %s', shell => {
  test('tell what others could change on the way to what a deploy writes, and which shared folders the app cannot write to', () => {
    const { said, stderr } = ask(
      shell,
      `me=0
id() { echo 990; }
stat() { case $2:$4 in *U*) echo "web 990:990 2775" ;; %u*/srv) echo 990 990 2775 ;; %u*) echo 0 0 755 ;; *) echo old ;; esac; }
as_user() { case $user:$3 in web:*/theirs) return 0 ;; *) return 1 ;; esac; }
mkdir elsewhere; rmdir srv/releases; ln -s ../elsewhere srv/releases
unsafe
stat() { echo old; }
access web`,
    );
    expect(said('unsafe')).toEqual(['web 990:990 2775 folder ~/srv', 'web 990:990 2775 link ~/srv/releases']);
    expect(said('user_groups')).toEqual(['990']);
    expect(said('shut')).toEqual(['old ~/srv/shared/with blank']);
    expect(stderr).toBe('');
  });

  test.each([
    ['root', 'id() { echo 0; }; access toor'],
    ['an account that is not there', 'id() { return 1; }; access gone'],
    ['the login itself', 'p_privilege=none; access web'],
  ])('tell nothing of what %s may', (_, body) => {
    const { said } = ask(shell, `stat() { echo web; }\nas_user() { false; }\n${body}`);
    expect([said('user_groups'), said('shut')]).toEqual([[], []]);
  });

  test('tell where nothing can be made, and whether that is the file system', () => {
    const { said, stderr } = ask(
      shell,
      `find() { printf '%s\\n' "$HOME/units" "$HOME/srv" "$HOME/units"; }
findmnt() { case $4 in */units) echo ro,relatime ;; *) echo rw,errors=remount-ro ;; esac; }
folders`,
    );
    expect(said('folder')).toEqual(['app ~/srv', 'releases ~/srv/releases', 'state ~', 'units ~/units', 'env ~']);
    expect(said('disk')).toHaveLength(5);
    expect([said('read_only'), said('unwritable')]).toEqual([['~/units'], ['~/srv']]);
    expect(stderr).toBe('');
  });
});
