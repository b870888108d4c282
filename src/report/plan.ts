import { assertNever } from '../errors.ts';
import { formatBytes, plural } from '../format.ts';
import type { HostPlan, Plan } from '../plan/plan.ts';
import type { Step } from '../plan/step.ts';

const TITLES: Record<Plan['command'], string> = {
  deploy: 'Plan',
  rollback: 'Plan to roll back',
  resume: 'Plan to resume',
  prune: 'Plan to remove old releases',
};

/** The plan as a person confirms it: what goes where, and what happens when it fails. */
export function renderPlan(plan: Plan): string[] {
  const width = Math.max(...plan.hosts.map(host => host.host.length));
  const lines = [
    titleOf(plan),
    ...plan.hosts.map(host => `  ${host.host.padEnd(width)}  ${describeHost(host, plan)}`),
    ...(plan.command === 'prune'
      ? ['  current, the release to go back to and adopted ones stay in any case']
      : [`  ${safetyNet(plan)}`]),
  ];
  for (const host of plan.hosts)
    if (host.via) lines.push(`  ${host.host} is reached by ${host.via}, not over the tailnet (break-glass)`);
  for (const override of plan.overrides) lines.push(`  override: ${override}`);
  for (const warning of plan.warnings) lines.push(`  warning: ${warning}`);
  return lines;
}

/** The truth about a plan without steps, in one line. */
export function renderNothing(plan: Plan): string[] {
  const hosts = plan.hosts.map(host => host.host);
  const releases = [...new Set(plan.hosts.map(host => host.release))];
  if (plan.command === 'prune')
    return [`Nothing to do: ${hosts.join(', ')} keep${hosts.length > 1 ? '' : 's'} no more releases than that.`];
  return [`Nothing to do: ${hosts.join(', ')} already ${hosts.length > 1 ? 'serve' : 'serves'} ${releases.join(', ')}.`];
}

function titleOf(plan: Plan): string {
  const hosts = plan.hosts.map(host => host.host).join(', ');
  const verb = TITLES[plan.command];
  const title = `${verb} for ${plan.app} → ${hosts} (${plan.tailnet})`;
  if (!plan.release) return title;
  const { commit } = plan.release;
  const from = commit ? `  (${commit.ref}@${commit.id.slice(0, 7)}, ${commit.dirty ? 'dirty tree' : 'clean'})` : '';
  return `${title}   release ${plan.release.id}${from}`;
}

function describeHost(host: HostPlan, plan: Plan): string {
  if (host.steps.length === 0) return `nothing to do: ${host.release} is current`;
  const parts = summarise(host.steps, plan);
  return (plan.command === 'resume' ? [`look at ${host.release}, prove it or leave it`, ...parts] : parts).join(' · ');
}

function summarise(steps: readonly Step[], plan: Plan): string[] {
  const probes = steps.filter(step => step.kind === 'probe').length;
  const checks = steps.filter(step => step.kind === 'check').length;
  const parts: string[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'adopt':
        parts.push(`take over ${step.link} as the release before`);
        break;
      case 'upload':
        parts.push(
          step.files === 0
            ? `nothing to upload, all from ${step.base}`
            : `upload ${plural(step.files, 'file')}, ${formatBytes(step.bytes)} of ${formatBytes(step.ofBytes)}`,
        );
        break;
      case 'swap':
        parts.push(`${describeSwap(step, plan)}${checks > 0 ? ` after ${plural(checks, 'check')}` : ''}`);
        break;
      case 'restart':
        parts.push(`restart ${step.unit}`);
        break;
      case 'remove':
        parts.push(`stop and remove ${step.unit}`);
        break;
      case 'retain':
        if (probes > 0) parts.push(plural(probes, 'probe'));
        parts.push(`keep ${plural(step.keep, 'release')}`);
        break;
      case 'check':
      case 'probe':
        break;
      default:
        assertNever(step);
    }
  }
  return parts;
}

/** A deploy names its release above; whoever goes back has to see here what it is. */
function describeSwap(step: Extract<Step, { kind: 'swap' }>, plan: Plan): string {
  const from = step.from?.replace(/^releases\//, '');
  if (plan.command === 'rollback') return `${from ?? 'nothing'} → ${step.to}`;
  return from === undefined ? 'first release' : `swap from ${from}`;
}

function safetyNet(plan: Plan): string {
  const active = plan.hosts.filter(host => host.steps.length > 0);
  const stable = plan.stable.ms === null ? 'stable as its units ask' : `${plan.stable.ms / 1000} s stable`;
  const together = active.length > 1 ? `${active.map(host => host.host).join(' and ')} side by side, ` : '';
  const targets = [...new Set(active.map(host => host.backTo))];
  if (targets.length === 1 && targets[0] !== null)
    return `${together}${stable} · ${whoGoesBack(plan, active.length)} on ${targets[0]}`;
  const without = active.filter(host => host.backTo === null).map(host => host.host);
  if (without.length === 0) return `${together}${stable} · any failure puts each back on its own last proven release`;
  const rest = without.length === active.length ? '' : '; the others go back to their last proven release';
  return `${together}${stable} · ${without.join(', ')}: no release to go back to, so a failure stops the units there${rest}`;
}

/** In a deploy one failure takes all hosts back; otherwise each host is on its own. */
function whoGoesBack(plan: Plan, hosts: number): string {
  if (hosts === 1) return 'any failure puts it back';
  return plan.command === 'deploy' ? 'any failure puts all back' : 'a host that fails is put back';
}
