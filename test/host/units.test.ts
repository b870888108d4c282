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
