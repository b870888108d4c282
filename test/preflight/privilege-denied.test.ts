import { expect, test } from 'vitest';
import type { Privilege } from '../../src/config/types.ts';
import { privilegeDenied } from '../../src/preflight/privilege-denied.ts';
import { makeFacts, makeHost } from './hosts.ts';

test.each<[Privilege, string, string]>([
  ['sudo', 'sudo: a password is required', "on the host, as root: echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops"],
  [
    'sudo',
    'deploy is not in the sudoers file.',
    "on the host, as root: echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops",
  ],
  [
    'sudo',
    'sudo: sorry, you must have a tty to run sudo',
    "on the host, as root: echo 'Defaults:deploy !requiretty' >/etc/sudoers.d/ops-tty",
  ],
  ['sudo', '/bin/sh: 3: sudo: not found', 'on the host, as root: apt-get install sudo'],
  ['sudo', 'sudo: /etc/sudo.conf is world writable', 'on the host: sudo -n true   (says the same there)'],
  ['doas', 'doas: Authentication required', "on the host, as root: echo 'permit nopass deploy' >>/etc/doas.conf"],
  ['doas', '/bin/sh: 3: doas: not found', 'on the host, as root: apt-get install doas'],
  ['root', 'logged in as deploy, not root', 'hosts.web1.privilege: sudo in ops.yaml, or log in as root'],
])('%s, that says %s', (privilege, said, hint) => {
  const error = privilegeDenied(makeHost('web1', { privilege }), { ...makeFacts().login, privilege: said });
  expect(error).toMatchObject({ code: 'privilege-denied', exit: 'privilege-denied', hints: [hint] });
  expect(error.message).toContain(said);
});
