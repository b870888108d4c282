import type { AppConfig } from '../../src/config/types.ts';

/** A resolved app with the defaults that normalise would give it. */
export function appConfig(overrides: Partial<AppConfig> = {}): AppConfig {
  return {
    id: 'web',
    hosts: ['web1'],
    path: '/srv/web',
    source: { kind: 'dir', dir: '/nowhere', exclude: [] },
    user: 'web',
    services: [{ kind: 'run', unit: 'web.service', run: 'node server.js', user: 'web' }],
    env: {},
    shared: [],
    checks: [],
    probes: [],
    stableMs: null,
    startMs: 60_000,
    keep: 5,
    ...overrides,
  };
}
