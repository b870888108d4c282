import { describe, expect, test } from 'vitest';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

/** Installs a release with one unit, with `systemctl` as the test has it. */
function install(shell: string, systemctl: string) {
  const body = `params
seams
sctl() { case $1 in ${systemctl} esac; }
rel=$app_dir/releases/A
mkdir -p "$rel/units" && printf '[Service]\\n[Install]\\n' >"$rel/units/web.service"
install_files "$rel" && say installed yes
say said "$said"`;
  const { answer, stderr } = speak(shell, ['core/lib', 'deploy/units'], body, scratch(), {
    params: { app: 'web', privilege: 'none' },
  });
  return { installed: answer?.get('installed'), said: answer?.get('said'), stderr };
}

describe.each(Object.keys(SHELLS))('install_files under %s', shell => {
  test.each([
    ['nothing, when all went well', 'is-enabled) return 1 ;;', 'yes', ''],
    [
      'why it did not enable a unit',
      'is-enabled) return 1 ;; reenable) echo File exists >&2; return 1 ;;',
      undefined,
      'File exists',
    ],
    ['why it did not reload', 'daemon-reload) echo No bus >&2; return 1 ;;', undefined, 'No bus'],
  ])('leaves what systemctl said: %s', (_, systemctl, installed, said) => {
    expect(install(shell, systemctl)).toEqual({ installed, said, stderr: '' });
  });

  test('gives a file its mode again, also where it reads as it should', () => {
    const home = scratch();
    const body = `params
seams
sctl() { :; }
rel=$app_dir/releases/A
mkdir -p "$rel/units" "$env_dir" && echo 'A="x"' >"$rel/env" && cp "$rel/env" "$env_dir/web.env" && chmod 644 "$env_dir/web.env"
install_files "$rel" && say mode "$(stat -c %a "$env_dir/web.env")"`;
    const { answer } = speak(shell, ['core/lib', 'deploy/units'], body, home, { params: { app: 'web', privilege: 'none' } });
    expect(answer?.get('mode')).toBe('600');
  });
});

/** Which of our files stay when a release installs none: a unit, its drop-in and the env file were made for the one before. */
function leftBy(shell: string, gone: string) {
  const body = `params
seams
going_back='' p_gone=$(eval "printf '%s\\n' ${gone}")
sctl() { :; }
rel=$app_dir/releases/A
mkdir -p "$rel" "$unit_dir/web.service.d" "$env_dir"
for file in "$unit_dir/web.service" "$unit_dir/web.service.d/50-ops-web.conf" "$env_dir/web.env"; do
  : >"$file" && echo "$file" >>"$app_dir/created"
done
install_files "$rel" && say_lines created <"$app_dir/created"
for file in "$unit_dir/web.service" "$unit_dir/web.service.d/50-ops-web.conf" "$env_dir/web.env"; do
  [ ! -e "$file" ] || say left "$file"
done`;
  const home = scratch();
  const params = { app: 'web', privilege: 'none' };
  const { answer, stderr } = speak(shell, ['core/lib', 'deploy/processes', 'deploy/units'], body, home, { params });
  const namesIn = (key: string) => answer?.all(key).map(path => path.replace(/.*\//, ''));
  return { left: namesIn('left'), created: namesIn('created'), stderr };
}

describe.each(Object.keys(SHELLS))('remove_created under %s', shell => {
  const all = ['web.service', '50-ops-web.conf', 'web.env'];
  test.each([
    ['nothing that the plan does not name', '', all],
    ['a unit', 'web.service', all.slice(1)],
    ['a drop-in and the env file', '"$unit_dir/web.service.d/50-ops-web.conf" "$env_dir/web.env"', all.slice(0, 1)],
  ])('takes away %s', (_, gone, left) => {
    expect(leftBy(shell, gone)).toEqual({ left, created: left, stderr: '' });
  });
});

/** Whether a file for web.service may be written, where `unit_dir` is laid out by the test and systemd knows `fragment`. */
function mayWrite(shell: string, layout: string, fragment = '') {
  const body = `params
seams
sctl() { echo "${fragment}"; }
mkdir -p "$unit_dir" "$app_dir/adopted"
${layout}
may_write web.service && say may yes
say taken "$taken"`;
  const home = scratch();
  const params = { app: 'web', privilege: 'none' };
  const { answer, stderr } = speak(shell, ['core/lib', 'deploy/units'], body, home, { params });
  return { may: answer?.get('may') ?? 'no', taken: answer?.get('taken')?.replace(home, '~'), stderr };
}

describe.each(Object.keys(SHELLS))('may_write under %s', shell => {
  const place = '"$unit_dir/web.service"';
  const there = '~/.config/systemd/user/web.service';
  test.each([
    ['nothing has the name', '', '', 'yes', ''],
    ['somebody else made it', `echo x >${place}`, '', 'no', there],
    ['somebody else made it, with the very content that we have', `: >${place}`, '', 'no', there],
    ['it is a link, of another name of a unit, say', `ln -s nowhere ${place}`, '', 'no', there],
    ['we made it', `echo x >${place}; echo ${place} >"$app_dir/created"`, '', 'yes', ''],
    ['it was adopted', `echo x >${place}; : >"$app_dir/adopted/web.service"`, '', 'yes', ''],
    [
      'systemd has it from elsewhere',
      '',
      '/run/systemd/generator.late/web.service',
      'no',
      '/run/systemd/generator.late/web.service',
    ],
  ])('%s', (_, layout, fragment, may, taken) => {
    expect(mayWrite(shell, layout, fragment)).toEqual({ may, taken, stderr: '' });
  });
});
