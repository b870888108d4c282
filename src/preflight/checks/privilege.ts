import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass } from '../finding.ts';

export const privilege: Check = {
  id: 'privilege',
  title: 'privilege without a prompt',
  vantage: 'host',
  exit: 'privilege-denied',
  concerns: about.host,
  codes: {
    'privilege-denied':
      'The login user may not become root without being asked for a password, and nobody is there to type one. Allow it in sudoers (NOPASSWD) or doas.conf (nopass), log in as root, or use `privilege: none` with units of the user’s own.',
    'not-root': 'ops.yaml says that the login itself is root, and it is not. Use `privilege: sudo`, or `user: root`.',
  },
  async run(view) {
    const { login } = await view.privileged();
    const observed = { privilege: view.host.privilege, user: login.user };
    switch (view.host.privilege) {
      case 'root':
        return login.uid === 0
          ? pass('logged in as root', observed)
          : fail('not-root', `logged in as ${login.user}, but ops.yaml says privilege: root`, {
              remedies: [`hosts.${view.host.id}.privilege: sudo in ops.yaml`],
              observed,
            });
      case 'none':
        return pass(`works as ${login.user}, with units of its own`, observed);
      default:
        return pass(`${view.host.privilege} answers without a password`, observed);
    }
  },
};
