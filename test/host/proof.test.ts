import { describe, expect, test } from 'vitest';
import { listening } from '../support/listening.ts';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

/** A line of /proc/PID/mountinfo. */
const mount = (device: string, root: string, place: string) =>
  `30 1 ${device} ${root} ${place} rw,relatime shared:1 - ext4 /dev/sda rw\n`;
/** Root, a disk of its own at /srv, and a folder of the root that is shown at /data as well. */
const OURS = mount('8:1', '/', '/') + mount('8:2', '/', '/srv') + mount('8:1', '/var/data', '/data');

describe.each(Object.keys(SHELLS))('under %s', shell => {
  test.each([
    ['http://127.0.0.1:PORT/', '127.0.0.1', true],
    ['LocalHost:PORT', '127.0.0.1', true],
    ['http://[::1]:PORT/?to=db', '0.0.0.0', true],
    ['http://web1.lab.test:PORT/', '0.0.0.0', true],
    ['http://web1.lab.test:PORT/127.0.0.1', '127.0.0.1', false],
    ['db127.lab.test:PORT', '127.0.0.1', false],
    ['localhost-7.lab.test:PORT', '127.0.0.1', false],
  ])('what %s reaches of a port at %s', async (target, address, reached) => {
    const port = await listening(address);
    const body = 'params\nsockets_at "$p_target" "$p_port"\nsay sockets "$sockets"';
    const params = { target: target.replace('PORT', `${port}`), port: `${port}` };
    const { answer } = speak(shell, ['core/lib', 'deploy/proof'], body, scratch(), { params });
    expect(answer?.get('sockets')).toMatch(reached ? /^socket:\[\d+\]$/ : /^$/);
  });

  test.each<[string, string, Record<string, string[]>]>([
    [
      'an ordinary sandbox',
      mount('8:1', '/', '/') + mount('8:2', '/', '/srv'),
      { '/srv/web/releases/A': ['/srv/web/releases/A'] },
    ],
    [
      'a release in another place',
      mount('8:1', '/', '/') + mount('8:2', '/web/releases/A', '/opt/app'),
      { '/opt/app': ['/srv/web/releases/A'], '/opt/app/bin/x': ['/srv/web/releases/A/bin/x'], '/opt/apple': ['/opt/apple'] },
    ],
    [
      'another folder in the place of a release',
      mount('8:1', '/', '/') + mount('8:2', '/', '/srv') + mount('8:1', '/opt/my\\040old', '/srv/web/releases/A'),
      { '/srv/web/releases/A/x': ['/opt/my old/x'], '/srv/web/releases/B/x': ['/srv/web/releases/B/x'] },
    ],
    [
      'a release as its root',
      mount('8:2', '/web/releases/A', '/'),
      { '/': ['/srv/web/releases/A/'], '/bin/x': ['/srv/web/releases/A/bin/x'] },
    ],
    ['what is shown twice here', mount('8:1', '/', '/'), { '/var/data/x': ['/var/data/x', '/data/x'] }],
    ['what we do not have', mount('8:1', '/', '/') + mount('0:9', '/', '/tmp'), { '/tmp/x': [], 'socket:[7]': [] }],
    ['one mount over another', mount('8:2', '/', '/opt') + mount('8:1', '/etc', '/opt'), { '/opt/x': ['/etc/x'] }],
  ])('a process that has %s', (_what, theirs, expected) => {
    for (const [path, here] of Object.entries(expected)) {
      const body =
        'params; mkdir "$HOME/d" && blobs "$HOME/d"\nseen_here "$HOME/d/ours" "$HOME/d/theirs" <"$HOME/d/paths" | say_lines at; exit 0';
      const { answer } = speak(shell, ['core/lib', 'deploy/paths'], body, scratch(), {
        blobs: { ours: OURS, theirs, paths: `${path}\n` },
      });
      expect(answer?.all('at'), path).toEqual(here);
    }
  });
});
