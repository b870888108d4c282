import type { Check } from '../check.ts';
import { errorOf, pass } from '../finding.ts';

/** ssh asks for the login only after it has accepted the host key, so these say that the key was the pinned one. */
const AFTER_THE_KEY = new Set(['ssh-denied', 'ssh-policy', 'ssh-user-missing', 'ssh-nologin', 'interactive-check']);

export const hostKey: Check = {
  id: 'host-key',
  title: 'host key',
  vantage: 'operator',
  exit: 'identity-mismatch',
  always: true,
  appliesTo: view => !view.host.local,
  async run(view) {
    const pin = await view.pin();
    await view.port();
    const error = await errorOf(view.login());
    if (error?.code === 'host-key-mismatch') throw error;
    if (error === null || AFTER_THE_KEY.has(error.code)) return pass(`matches the pin of ${pin.fqdn}`, { fqdn: pin.fqdn });
    return { verdict: 'skip', code: 'not-reached', message: 'ssh did not get as far as the host key' };
  },
};
