import { namesOfHosts } from '../../config/sections/hosts/names.ts';
import type { Context } from '../../context.ts';
import type { SshTarget } from '../../exec/ssh-options.ts';
import { plural } from '../../format.ts';
import type { Evidence } from '../../plan/outcome.ts';
import { ended, outcomeOf } from '../../run/part.ts';
import { sayIn } from '../../run/rows.ts';
import type { AppPart } from '../parts.ts';
import { type DeployHostPlan, type ProbeStep, stepsOf } from '../steps.ts';
import { type Asked, probeFromHere, type Way } from './probe.ts';
import { isToGoBack } from './take-back.ts';

/** Then a host calls a release proven only when it is told that it answered here. */
export function isAskedFromHere(plan: DeployHostPlan): boolean {
  return questionsOf(plan).length > 0;
}

function questionsOf(plan: DeployHostPlan): ProbeStep[] {
  return stepsOf(plan, 'probe').filter(({ from }) => from === 'operator');
}

/**
 * The questions that only this machine can ask, on the way that ssh took, of every host that is to keep the release. A wrong
 * answer leaves the host unproved.
 */
export async function askFromHere<P extends AppPart>(context: Context, parts: readonly P[]): Promise<P[]> {
  const live = parts.filter(part => outcomeOf(part).result === 'done' && !isToGoBack(part, parts));
  const count = live.reduce((sum, { plan }) => sum + questionsOf(plan).length, 0);
  if (count === 0) return [...parts];
  const row = sayIn(context, 'operator');
  row('start', 'asking from here');
  const ways = new Set<string>();
  const asked = await Promise.all(parts.map(part => (live.includes(part) ? askHost(context, part, ways) : part)));
  const failed = asked.map(outcomeOf).filter(({ result }) => result === 'unproved');
  if (failed.length > 0) row('failed', failed.map(({ message }) => message).join('; '));
  else row('done', `${count} of ${count} answered ${[...ways].join(', ')}`);
  return asked;
}

async function askHost<P extends AppPart>(context: Context, part: P, ways: Set<string>): Promise<P> {
  const outcome = outcomeOf(part);
  const asked = askedOf(context, part.plan.fqdn, part.session.target);
  const evidence: Evidence[] = [...outcome.evidence];
  for (const probe of questionsOf(part.plan)) {
    const result = await probeFromHere(context.runner, probe, asked, context.signal);
    ways.add(result.way);
    evidence.push({
      vantage: 'operator',
      host: part.host.id,
      subject: probe.target,
      claim: `probe ${probe.id}`,
      observed: `${result.observed} ${result.way}, on try ${result.attempts} of ${probe.attempts}`,
      at: new Date(context.now()).toISOString(),
    });
    if (!result.ok) {
      const tries = plural(result.attempts, 'try', 'tries');
      const message =
        result.attempts === 0
          ? `${probe.target} was not asked from here: ${result.observed}`
          : `${probe.target} seen from here ${result.way}: ${result.observed} after ${tries}`;
      const hints = ['ops explain operator-probe'];
      return ended(part, { ...outcome, evidence, result: 'unproved', code: 'operator-probe', message, hints });
    }
  }
  return ended(part, { ...outcome, evidence });
}

/** Whom the questions of a host may be for. */
export function askedOf({ config }: Context, name: string, target: SshTarget | null): Asked {
  return { name, way: wayTo(target), others: namesOfHosts(config.hosts, config.tailnet) };
}

/** The way that ssh took. */
function wayTo(target: SshTarget | null): Way {
  if (target === null) return { kind: 'local', address: '127.0.0.1' };
  const { address, bind, proxy } = target;
  if (proxy !== null) return { kind: 'carried', address, words: proxy };
  return bind === null ? { kind: 'via', address } : { kind: 'tailnet', address, bind };
}
