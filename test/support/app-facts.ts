import type { HostDeployFacts } from '../../src/deploy/plan/deploy.ts';
import { specOf } from '../../src/deploy/release/spec.ts';
import type { DeployHostPlan } from '../../src/deploy/steps.ts';
import type { AppFacts, ReleaseFacts } from '../../src/host/facts/types.ts';

export function releaseFacts(id: string, seq: number, overrides: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return {
    id,
    seq,
    state: 'proven',
    digest: id,
    created: '2026-11-21T07:00:00Z',
    commit: null,
    by: 'dana',
    run: 'r-1',
    adopted: false,
    link: `releases/${id}`,
    present: true,
    holdsEnv: false,
    services: ['web.service'],
    stableMs: null,
    probes: [],
    ...overrides,
  };
}

/** A host that serves the newest of these releases; none = nothing there yet. */
export function appFacts(releases: readonly ReleaseFacts[] = [], overrides: Partial<AppFacts> = {}): AppFacts {
  const current = releases.at(-1);
  return {
    path: '/srv/web',
    target: { kind: current ? 'ours' : 'none' },
    folders: [],
    current: current ? { link: `releases/${current.id}`, release: current.id, broken: false, spec: '', unproved: null } : null,
    currentIsNoLink: false,
    releases,
    strays: [],
    manifest: null,
    unitsDigest: 'units',
    installed: [],
    variables: [],
    kept: new Map(),
    edited: [],
    units: [],
    taken: [],
    heldPorts: [],
    unitsUnread: null,
    lock: null,
    lockUnread: null,
    lastRun: null,
    uploads: [],
    created: [],
    userUid: 999,
    shared: [],
    userGroups: [],
    unsafe: [],
    shut: [],
    lacks: [],
    unresolved: [],
    leftovers: [],
    ...overrides,
  };
}

/** What serves there was deployed as this plan would deploy it, and with these files beside its tree. */
export function servedAs(
  facts: AppFacts,
  plan: DeployHostPlan,
  { files, variables }: Pick<HostDeployFacts['wanted'], 'files' | 'variables'> = { files: [], variables: [] },
): AppFacts {
  const installed = files.map(file => ({ ...file, mode: file.path.endsWith('.env') ? '600' : '644', text: null }));
  return { ...facts, installed, variables, current: { ...facts.current!, spec: specOf(plan) } };
}
