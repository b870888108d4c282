import type { ExitName } from '../errors.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import type { Capability } from '../run/capability.ts';
import { placeOf } from './execute/order.ts';
import { type DeployHostPlan, stepOf } from './steps.ts';

/** What of a deploy's codes has an exit code of its own. */
const EXITS: Readonly<Record<string, ExitName>> = {
  'failed manifest-mismatch': 'verification-failed',
  'failed tree-mismatch': 'verification-failed',
  'stuck prune-unfinished': 'failed',
  'refused adopt-nothing': 'host-not-ready',
  'refused adopt-not-running': 'host-not-ready',
  'refused adopt-twice': 'host-not-ready',
  'refused target-unsafe': 'host-not-ready',
};

export const DEPLOY: Capability<DeployHostPlan> = {
  id: 'deploy',
  programs: { transaction: 'deploy', start: 'deploy.start', follow: 'deploy.follow' },
  volatile: false,
  place: placeOf,
  interpret(outcome, record, plan) {
    const exit = EXITS[`${outcome.result} ${outcome.code}`];
    const release = (outcome.result === 'done' && record.release?.[0]) || releaseOf(outcome.seen.current);
    return {
      ...outcome,
      ...(exit && { exit }),
      details: outcome.result === 'done' && !isPrune(plan) ? [] : outcome.details,
      hints: [...outcome.hints, ...hintsFor(outcome, plan)],
      seen: {
        ...outcome.seen,
        ...(release !== null && { release }),
        ...(record.state?.[0] && { state: record.state[0] }),
        ...(isPrune(plan) && record.removed?.[0] && { removed: record.removed[0] }),
      },
    };
  },
  done(outcome, plan) {
    if (isPrune(plan)) return `${outcome.seen.removed ?? 0} removed`;
    const probes = outcome.evidence.filter(item => item.claim.startsWith('probe ')).length;
    const asked = probes > 0 ? [`probes ${probes}/${probes}`] : stepOf(plan, 'probe') === undefined ? ['nothing asked'] : [];
    return ['swapped, active, stable', ...asked].join(', ');
  },
};

function isPrune(plan: DeployHostPlan): boolean {
  return stepOf(plan, 'retain') !== undefined && stepOf(plan, 'swap') === undefined;
}

/** `releases/ID` → ID; null for nothing. An adopted installation shows as the link it is. */
function releaseOf(link: string | undefined): string | null {
  if (link === undefined || link === '-' || link === '') return null;
  return link.replace(/^releases\//, '');
}

function hintsFor({ result, code }: HostOutcome, { app, host }: DeployHostPlan): string[] {
  switch (result) {
    case 'stale':
      return [`ops deploy ${app}   (plans again)`];
    case 'lock-held':
      return [`ops deploy ${app} --wait 10m`];
    case 'failed':
      return /-mismatch$/.test(code ?? '')
        ? [
            `ops deploy ${app} --full   (sends everything afresh)`,
            'source: exclude in ops.yaml, for what changes while it is sent',
          ]
        : [];
    case 'unproved':
      return code === 'unproved' ? ['ops explain unproved'] : [];
    case 'reverted':
    case 'stuck':
      if (code === 'prune-unfinished') return [`ops releases ${app} --prune   (removes the rest)`];
      return [`ops logs ${app} --host ${host}`];
    default:
      return [];
  }
}
