import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { must } from './process.ts';
import type { HostRecord } from './state.ts';

/** People of every machine, as rootfs/dress.sh makes them: uid and home. */
export const LOGINS: Readonly<Record<string, { uid: number; home: string }>> = {
  root: { uid: 0, home: '/root' },
  dev: { uid: 1000, home: '/home/dev' },
  deploy: { uid: 1001, home: '/home/deploy' },
  doer: { uid: 1002, home: '/home/doer' },
  plain: { uid: 1003, home: '/home/plain' },
  web: { uid: 901, home: '/' },
};
/** Whom an operator's key lets in. */
const REACHABLE = ['root', 'deploy', 'doer', 'plain'];

/** Makes the ssh key pair the lab's operators share; returns the private key's path. */
export async function makeOperatorKey(directory: string): Promise<string> {
  const file = `${directory}/operator-key`;
  if (!existsSync(file)) await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'dev@lab', '-f', file]);
  return file;
}

/** Writes what makes a machine itself into the upper directory of its overlay, before its first boot. */
export async function seed(upper: string, host: HostRecord, operatorKey: string): Promise<void> {
  const publicKey = readFileSync(`${operatorKey}.pub`, 'utf8');
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(`${upper}${path}`), { recursive: true });
    writeFileSync(`${upper}${path}`, content, { mode });
    chmodSync(`${upper}${path}`, mode);
  };
  put('/etc/hostname', `${host.name}\n`);
  put('/etc/hosts', `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${host.name}\n`);
  put('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444);
  if (!host.tun) {
    const argv = '/usr/sbin/tailscaled --state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock';
    put(
      '/etc/systemd/system/tailscaled.service.d/no-tun.conf',
      `[Service]\nExecStart=\nExecStart=${argv} --port=41641 --tun=userspace-networking\n`,
    );
  }
  if (host.role === 'operator') {
    put('/home/dev/.ssh/id_ed25519', readFileSync(operatorKey, 'utf8'), 0o600);
    put('/home/dev/.ssh/id_ed25519.pub', publicKey);
    own(upper, 'dev', ['.ssh', '.ssh/id_ed25519', '.ssh/id_ed25519.pub']);
  } else {
    for (const user of REACHABLE) {
      put(`${LOGINS[user]?.home}/.ssh/authorized_keys`, publicKey, 0o600);
      own(upper, user, ['.ssh', '.ssh/authorized_keys']);
    }
  }
  mkdirSync(`${upper}/etc/ssh`, { recursive: true });
  await Promise.all(
    ['ed25519', 'ecdsa'].map(type => {
      const file = `${upper}/etc/ssh/ssh_host_${type}_key`;
      return must(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', `root@${host.name}`, '-f', file]);
    }),
  );
}

/** In an overlay the upper directory's owner and mode count, so a home made here needs its own. */
function own(upper: string, user: string, paths: readonly string[]): void {
  const { uid, home } = LOGINS[user] ?? { uid: 0, home: '/root' };
  chownSync(`${upper}${home}`, uid, uid);
  chmodSync(`${upper}${home}`, uid === 0 ? 0o700 : 0o755);
  for (const path of paths) chownSync(`${upper}${home}/${path}`, uid, uid);
  chmodSync(`${upper}${home}/.ssh`, 0o700);
}
