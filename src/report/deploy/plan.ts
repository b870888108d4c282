import { type DeployHostPlan, type DeployPlan, type DeployStep, stepOf, stepsOf } from '../../deploy/steps.ts';
import { formatBytes, plural } from '../../format.ts';
import { activeHosts } from '../../plan/plan.ts';
import { sanitizeLine } from '../../sanitize.ts';
import { changeLines, nameOf } from './changes.ts';

const TITLES: Readonly<Record<string, string>> = {
  deploy: 'Plan',
  rollback: 'Plan to roll back',
  resume: 'Plan to resume',
  prune: 'Plan to remove old releases',
};

/** The plan as a person confirms it: what goes where, and what happens when it fails. */
export function renderPlan(plan: DeployPlan): string[] {
  const width = Math.max(...plan.hosts.map(host => host.host.length));
  const lines = [
    titleOf(plan),
    ...plan.hosts.flatMap(host => [
      `  ${host.host.padEnd(width)}  ${describeHost(host, plan)}`,
      ...changeLines(host.changes).map(line => `  ${' '.repeat(width)}  ${sanitizeLine(line)}`),
    ]),
    ...(plan.command === 'prune'
      ? ['  current, the release to go back to and adopted ones stay in any case']
      : [`  ${safetyNet(plan)}`]),
  ];
  for (const host of plan.hosts)
    if (host.via)
      lines.push(`  ${host.host} is reached by ${host.via}, as --via says: the tailnet is not asked where it is (break-glass)`);
  for (const override of plan.overrides) lines.push(`  override: ${override}`);
  for (const warning of plan.warnings) lines.push(`  warning: ${warning}`);
  return lines;
}

/** The truth about a plan without steps, in one line. */
export function renderNothing(plan: DeployPlan): string[] {
  const hosts = plan.hosts.map(host => host.host);
  const releases = [...new Set(plan.hosts.map(host => host.release))];
  if (plan.command === 'prune')
    return [`Nothing to do: ${hosts.join(', ')} keep${hosts.length > 1 ? '' : 's'} no more releases than that.`];
  if (plan.command === 'resume') return [`Nothing to resume on ${hosts.join(', ')}.`];
  return [`Nothing to do: ${hosts.join(', ')} already ${hosts.length > 1 ? 'serve' : 'serves'} ${releases.join(', ')}.`];
}

function titleOf(plan: DeployPlan): string {
  const hosts = plan.hosts.map(host => host.host).join(', ');
  const verb = TITLES[plan.command];
  const title = `${verb} for ${plan.hosts[0]?.app} → ${hosts} (${plan.tailnet})`;
  if (!plan.release) return title;
  const { commit } = plan.release;
  const from = commit ? `  (${commit.ref}@${commit.id.slice(0, 7)}, ${commit.dirty ? 'dirty tree' : 'clean'})` : '';
  return `${title}   release ${plan.release.id}${from}`;
}

function describeHost(host: DeployHostPlan, plan: DeployPlan): string {
  if (host.steps.length === 0) return `nothing to do: ${host.release} is current`;
  const parts = summarise(host, plan);
  return (plan.command === 'resume' ? describeResume(host, parts) : parts).join(' · ');
}

/** Of what is current, which may be another release than the run was to bring. */
function describeResume(host: DeployHostPlan, parts: readonly string[]): string[] {
  const { previous, backTo } = host;
  if (!isRestarted(host)) return [`ask ${previous} from here, and call it proven once it answers`];
  if (previous !== null) return [`look at ${previous}, prove it or leave it`, ...parts];
  if (backTo !== null) return [`nothing is current: go back to ${backTo}`, ...parts];
  return ['nothing is current, and no release is there to go back to: stop its units'];
}

/** What a person has to know of the steps. How probes ask is in --json. */
function summarise(host: DeployHostPlan, plan: DeployPlan): string[] {
  const count = (kind: DeployStep['kind']) => stepsOf(host, kind).length;
  return host.steps.flatMap(step => {
    switch (step.kind) {
      case 'adopt':
        return [`take over ${step.link} as the release before`];
      case 'take':
        return [`take ${step.path} itself from ${step.owner}: owner root, mode ${step.becomes} (not what is in it)`];
      case 'upload':
        return [
          step.files === 0
            ? `nothing to upload, all from ${step.base}`
            : `upload ${plural(step.files, 'file')}, ${formatBytes(step.bytes)} of ${formatBytes(step.ofBytes)}`,
        ];
      case 'swap':
        return [`${describeSwap(host, plan)}${count('check') > 0 ? ` after ${plural(count('check'), 'check')}` : ''}`];
      case 'restart':
        return [`restart ${step.unit}`];
      case 'remove':
        return [`stop and remove ${step.unit}`];
      case 'uninstall':
        return [`remove ${nameOf(step.path)}`];
      case 'stable':
        return count('probe') > 0 ? [plural(count('probe'), 'probe')] : [];
      case 'retain':
        return plan.command === 'rollback' ? [] : [`keep ${plural(step.keep, 'release')}`];
      default:
        return [];
    }
  });
}

/** A deploy names its release above; whoever goes back has to see here what it is. */
function describeSwap(host: DeployHostPlan, plan: DeployPlan): string {
  const { fence, release } = host;
  const from = fence.current === '-' ? null : fence.current.replace(/^releases\//, '');
  if (plan.command === 'rollback') return `${from ?? 'nothing'} → ${release}`;
  if (from === null && stepOf(host, 'adopt') !== undefined) return 'swap from it';
  return from === null ? 'first release' : `swap from ${from}`;
}

/** Otherwise a resume only asks what serves. */
function isRestarted(host: DeployHostPlan): boolean {
  return stepOf(host, 'stable') !== undefined;
}

function safetyNet(plan: DeployPlan): string {
  const active = activeHosts(plan).filter(isRestarted);
  if (active.length === 0) return 'what serves is not touched';
  const stable = describeWindow(active);
  const together = active.length > 1 ? `${active.map(host => host.host).join(' and ')} side by side, ` : '';
  const targets = [...new Set(active.map(host => host.backTo))];
  if (targets.length === 1 && targets[0] !== null)
    return `${together}${stable} · ${whoGoesBack(plan, active.length)} on ${targets[0]}`;
  const back = active.filter(host => host.backTo !== null).map(({ host, backTo }) => `${host} on ${backTo}`);
  const without = active.filter(host => host.backTo === null).map(({ host }) => host);
  return [
    `${together}${stable}`,
    ...(back.length > 0 ? [`${plan.command === 'deploy' ? 'any failure' : 'its own failure'} puts back ${back.join(', ')}`] : []),
    ...(without.length > 0 ? [`${without.join(', ')}: no release to go back to, so a failure stops the units there`] : []),
  ].join(' · ');
}

/** The longest of all that are planned; where a host leaves it to its units, nobody knows before. */
function describeWindow(hosts: readonly DeployHostPlan[]): string {
  const windows = hosts.map(host => stepOf(host, 'stable')?.ms ?? null);
  const known = windows.filter(ms => ms !== null);
  return known.length < windows.length ? 'stable as its units ask' : `${Math.max(...known) / 1000} s stable`;
}

/** In a deploy one failure takes all hosts back; otherwise each host is on its own. */
function whoGoesBack(plan: DeployPlan, hosts: number): string {
  if (hosts === 1) return 'any failure puts it back';
  return plan.command === 'deploy' ? 'any failure puts all back' : 'a host that fails is put back';
}
