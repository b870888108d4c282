import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';

export const privilege: Check = {
  id: 'privilege',
  title: 'privilege without a prompt',
  vantage: 'host',
  exit: 'privilege-denied',
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
