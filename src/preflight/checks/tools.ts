import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';
import { isAtLeast } from '../local-tools.ts';
import type { LocalTools } from '../view.ts';

/** `KexAlgorithms=^…` came with OpenSSH 8.0; --info and --no-inc-recursive with rsync 3.1. */
const SSH_FLOOR = '8.0';
const RSYNC_FLOOR = '3.1.0';

export const tools: Check = {
  id: 'tools',
  title: 'programs on this machine',
  vantage: 'operator',
  exit: 'failed',
  async run(view) {
    const found = await view.tools();
    const observed = { ssh: found.ssh, rsync: found.rsync };
    if (!view.host.local && found.ssh === null) {
      return fail('ssh-missing', 'ssh is not installed on this machine', { remedies: ['install the OpenSSH client'], observed });
    }
    if (!view.host.local && found.ssh !== null && !isAtLeast(found.ssh, SSH_FLOOR)) {
      return fail('ssh-old', `OpenSSH ${found.ssh} on this machine is too old: ${SSH_FLOOR} or newer is needed`, { observed });
    }
    const rsync = view.app ? rsyncProblem(found.rsync) : null;
    if (rsync)
      return fail(rsync.code, rsync.message, { remedies: ['brew install rsync', 'sudo apt-get install rsync'], observed });
    return pass(
      [
        ...(found.ssh ? [`OpenSSH ${found.ssh}`] : []),
        ...(found.rsync ? [`${found.rsync.kind} ${found.rsync.version}`.trim()] : []),
      ].join(', '),
      observed,
    );
  },
};

/** Uploads need the rsync of samba.org: openrsync knows neither --info nor the way names are handed over. */
function rsyncProblem(rsync: LocalTools['rsync']): { code: string; message: string } | null {
  if (rsync === null) return { code: 'rsync-missing', message: 'rsync is not installed on this machine' };
  if (rsync.kind === 'openrsync')
    return {
      code: 'rsync-open',
      message: 'this machine has openrsync, which cannot do the upload: rsync 3.1 or newer is needed',
    };
  if (!isAtLeast(rsync.version, RSYNC_FLOOR))
    return { code: 'rsync-old', message: `rsync ${rsync.version} on this machine is too old: 3.1 or newer is needed` };
  return null;
}
