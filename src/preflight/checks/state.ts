import { STATE_SCHEMA } from '../../host/protocol.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { fail, pass } from '../finding.ts';

export const state: Check = {
  id: 'state',
  title: 'state folder on the host',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.host,
  codes: {
    'schema-newer':
      'A newer version of ops keeps state on this host, in a layout that this version does not know. Upgrade ops here.',
  },
  async run(view) {
    const { schema } = await view.privileged();
    if (schema === null) return pass('none yet');
    if (schema > STATE_SCHEMA) {
      return fail('schema-newer', `a newer ops has worked here: its state has schema ${schema}, this one knows ${STATE_SCHEMA}`, {
        remedies: ['npm install --global tailnet-ops@latest'],
        observed: { schema },
      });
    }
    return pass(`schema ${schema}`, { schema });
  },
};
