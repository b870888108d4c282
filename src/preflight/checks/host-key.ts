import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { errorOf, pass } from '../finding.ts';

/** ssh asks for the login only after it has accepted the host key, so these say that the key was the pinned one. */
const AFTER_THE_KEY = new Set([
  ...['ssh-denied', 'ssh-policy', 'ssh-user-missing', 'interactive-check', 'key-unusable'],
  ...['ssh-nologin', 'password-expired', 'account-expired', 'logins-closed', 'login-restricted', 'login-ended'],
]);

export const hostKey: Check = {
  id: 'host-key',
  title: 'host key',
  vantage: 'operator',
  exit: 'identity-mismatch',
  concerns: about.connection,
  always: true,
  codes: {
    'host-key-mismatch':
      'ssh refused the connection because the host showed a key that is not pinned in ops.pins. After a reinstallation that is expected; otherwise something else answers at this address. Compare the fingerprint with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host’s console before you re-pin.',
    'not-reached': 'ssh ended before the host had shown its key, so the key could not be compared. The ssh check says why.',
  },
  async run(view) {
    const pin = await view.pin();
    await view.port();
    const error = await errorOf(view.login());
    if (error?.code === 'host-key-mismatch') throw error;
    if (error === null || AFTER_THE_KEY.has(error.code)) return pass(`matches the pin of ${pin.fqdn}`, { fqdn: pin.fqdn });
    return { verdict: 'skip', code: 'not-reached', message: 'ssh did not get as far as the host key' };
  },
};
