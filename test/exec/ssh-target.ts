import type { SshTarget } from '../../src/exec/ssh-options.ts';

/** A host over the tailnet, on a port of its own. */
export const TARGET: SshTarget = {
  fqdn: 'web1.lab.test',
  address: '100.64.0.1',
  bind: '100.64.0.9',
  proxy: null,
  port: 2222,
  user: 'deploy',
  key: null,
  client: null,
  knownHostsFile: '/run/ops/kh',
  controlPath: '/run/ops/c0',
};
