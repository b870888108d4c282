import { isAtLeast } from '../../exec/version.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass } from '../finding.ts';
import type { LocalTools } from '../view.ts';

/** `KexAlgorithms=^…` came with OpenSSH 8.0; --info and --no-inc-recursive with rsync 3.1. */
const SSH_FLOOR = '8.0';
const RSYNC_FLOOR = '3.1.0';

export const tools: Check = {
  id: 'tools',
  title: 'programs on this machine',
  vantage: 'operator',
  exit: 'failed',
  concerns: about.operator,
  codes: {
    'ssh-missing':
      'Everything ops does on a host goes through the system’s OpenSSH client, and there is none here. Install the package openssh-client (Debian, Ubuntu) or openssh (others).',
    'ssh-old':
      'ops switches off every way in which ssh could learn a host key by itself, and older clients do not know all of these options. Install a newer OpenSSH client.',
    'rsync-missing': 'Releases are uploaded as a difference with rsync, which is not installed here. Install the package rsync.',
    'rsync-old':
      'The rsync here does not know options that the upload needs (--info, --no-inc-recursive). Install rsync 3.1 or newer.',
    'rsync-open':
      'macOS ships openrsync under the name rsync; it lacks options that the upload needs. Install the real one with `brew install rsync` and make sure that it comes first on PATH.',
  },
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
