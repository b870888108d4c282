import { BugError } from '../../errors.ts';
import type { Params } from '../../host/compose.ts';
import type { DEPLOY_MODES } from '../../host/protocol.ts';
import type { Order } from '../../run/capability.ts';
import { type Contents, environmentOf, textOf } from '../release/contents.ts';
import { specOf, windowOf } from '../release/spec.ts';
import type { Difference } from '../source/manifest.ts';
import { type DeployHostPlan, type DeployPlan, stepOf, stepsOf } from '../steps.ts';

/*
 * What hosts are told: made of the plan and of nothing else. An import rule keeps ops.yaml out of this file.
 */

/** Where the app lies: what each of its programs is told. */
export function placeOf({ app, path }: DeployHostPlan): Params {
  return { app, path };
}

/** For the program that prepares the place of an upload. */
export function stageOrder(plan: DeployPlan, host: DeployHostPlan, difference: Difference) {
  const { base = null, shared = [] } = stepOf(host, 'upload') ?? {};
  const params: Params = {
    ...placeOf(host),
    run: plan.run,
    mode: plan.command,
    by: host.by,
    user: host.user,
    release: host.release,
    base: base ?? '',
    digest: plan.release?.digest ?? '',
    shared: shared.map(({ path, kind }) => `${kind} ${path}`),
    link: stepOf(host, 'adopt')?.link ?? '',
    take: stepsOf(host, 'take').map(({ ids, mode, becomes, path }) => `${ids} ${mode} ${becomes} ${path}`),
  };
  return { params, blobs: { add: text(difference.add), drop: text(difference.drop) } };
}

/** For the program that takes that back in what was to be adopted; null where nothing was. */
export function unstageOrder(plan: DeployPlan, host: DeployHostPlan) {
  return stepOf(host, 'adopt') === undefined ? null : { params: { ...placeOf(host), run: plan.run, user: host.user } };
}

export function deployOrder(plan: DeployPlan, host: DeployHostPlan, contents: Contents): Order {
  const files = stepsOf(host, 'install').map(({ file, unit, digest }) => [`${file}.${unit}`, textOf(contents, digest)]);
  const environment = stepOf(host, 'environment');
  requireSwap(host);
  return {
    ...order('deploy', host, { digest: plan.release?.digest ?? '', link: stepOf(host, 'adopt')?.link ?? '' }),
    blobs: {
      spec: specOf(host),
      meta: metaOf(plan, host),
      ...(Object.fromEntries(files) as Record<string, string>),
      ...(environment && { env: environmentOf(contents, environment.variables) }),
    },
  };
}

/** Modes that send no files: the host kept those of its releases. */
export function orderWithoutFiles(mode: 'rollback' | 'resume' | 'prune', host: DeployHostPlan): Order {
  if (mode === 'rollback') requireSwap(host);
  return order(mode, host, {});
}

/** @throws BugError when what a plan activates is not what its step says. */
function requireSwap(host: DeployHostPlan): void {
  const to = stepOf(host, 'swap')?.to;
  if (to !== host.release) throw new BugError(`the plan for ${host.host} activates ${host.release} and swaps to ${to}`);
}

/** A release that went live is left again. `current` is what it was seen to be. */
export function backOrder(
  host: DeployHostPlan,
  current: string,
  { left, code, why }: { left: 'kept' | 'failed' | 'left'; code: string; why: string },
): Order {
  const reason = why.toWellFormed().replace(/[\s\p{Cc}]+/gu, ' ');
  return order('back', host, { fence_current: current, left, code, why: reason });
}

/** A release that went live answered where it had to: a last phase of the run that brought it. */
export function confirmOrder(host: DeployHostPlan, current: string): Order {
  return { ...order('confirm', host, { fence_current: current }), again: true };
}

function order(mode: (typeof DEPLOY_MODES)[number], host: DeployHostPlan, more: Params): Order {
  const { release, fence, backTo } = host;
  const params: Params = {
    release,
    fence_current: fence.current,
    fence_units: fence.units,
    unit: fence.own,
    foreign: fence.foreign,
    back: backTo ?? '',
    restart: stepsOf(host, 'restart').map(({ unit }) => unit),
    stable_ms: windowOf(host),
    gone: [...stepsOf(host, 'remove').map(({ unit }) => unit), ...stepsOf(host, 'uninstall').map(({ path }) => path)],
    remove: stepOf(host, 'retain')?.remove ?? [],
    ...more,
  };
  return { mode, note: [`release=${release}`], params, blobs: {} };
}

/** What the host remembers of a release besides its tree: who sent it, from which commit. */
function metaOf({ run, release }: DeployPlan, host: DeployHostPlan): string {
  const commit = release?.commit;
  const fields = {
    id: host.release,
    digest: release?.digest ?? '',
    created: release?.created ?? '',
    commit: commit ? `${commit.id}${commit.dirty ? ' (dirty tree)' : ''}` : '',
    run,
    by: host.by,
  };
  return text(Object.entries(fields).map(([key, value]) => `${key}=${value}`));
}

function text(lines: readonly string[]): string {
  return [...lines, ''].join('\n');
}
