import type { Check } from '../check.ts';
import { pass } from '../finding.ts';

export const port: Check = {
  id: 'port',
  title: 'ssh port',
  vantage: 'operator',
  exit: 'host-silent',
  appliesTo: view => !view.host.local,
  async run(view) {
    const [way, greeting] = await Promise.all([view.wayIn(), view.port()]);
    const through = way.proxy ? ' through tailscale nc' : view.via ? ' (--via, outside the tailnet)' : '';
    return pass(`${greeting.banner.replace(/^SSH-2\.0-/, '')} answers at ${way.address} port ${way.port}${through}`, {
      address: way.address,
      port: way.port,
      banner: greeting.banner,
      ms: Math.round(greeting.ms),
    });
  },
};
