import type { AppConfig, HostConfig } from '../../config/types.ts';
import type { Context } from '../../context.ts';
import type { SshTarget } from '../../exec/ssh.ts';
import { plural } from '../../format.ts';
import type { Evidence, HostOutcome } from '../../plan/outcome.ts';
import type { HostPlan } from '../../plan/plan.ts';
import type { HostSession } from '../../preflight/types.ts';
import { probeFromHere, type Way } from './probe.ts';

/** A host as these questions need it. */
export interface AskedHost {
  host: HostConfig;
  session: Pick<HostSession, 'target'>;
  plan: Pick<HostPlan, 'fqdn'>;
}

/** The questions that only this machine can ask, on the way that ssh took. A wrong answer fails the host. */
export async function askFromHere(
  context: Context,
  prepared: { app: AppConfig },
  jobs: readonly AskedHost[],
  outcomes: readonly HostOutcome[],
): Promise<HostOutcome[]> {
  const probes = prepared.app.probes.filter(probe => probe.from === 'operator');
  if (probes.length === 0 || jobs.length === 0 || outcomes.some(outcome => outcome.result !== 'deployed')) return [...outcomes];
  const row = (state: 'start' | 'done' | 'failed', text: string) => context.emit({ type: 'row', row: 'operator', state, text });
  row('start', 'asking from here');
  const asked = await Promise.all(outcomes.map((outcome, index) => askHost(context, prepared, jobs[index]!, outcome)));
  const failed = asked.filter(({ outcome }) => outcome.result !== 'deployed');
  const ways = [...new Set(asked.flatMap(({ ways: each }) => each))];
  if (failed.length > 0) row('failed', failed.map(({ outcome }) => outcome.message).join('; '));
  else row('done', `${probes.length * jobs.length} of ${probes.length * jobs.length} answered ${ways.join(', ')}`);
  return asked.map(({ outcome }) => outcome);
}

async function askHost(context: Context, prepared: { app: AppConfig }, job: AskedHost, outcome: HostOutcome) {
  const target = { name: job.plan.fqdn, way: wayTo(job.session.target) };
  const evidence: Evidence[] = [...outcome.evidence];
  const ways: string[] = [];
  for (const probe of prepared.app.probes.filter(item => item.from === 'operator')) {
    const result = await probeFromHere(context.runner, probe, target, context.signal);
    const subject = probe.target.replaceAll('{host}', target.name);
    ways.push(result.way);
    evidence.push({
      vantage: 'operator',
      host: job.host.id,
      subject,
      claim: `probe ${probe.id}`,
      observed: `${result.observed} ${result.way}, on try ${result.attempts} of ${probe.attempts}`,
      at: new Date(context.now()).toISOString(),
    });
    if (!result.ok) {
      const hints = ['ops explain operator-probe'];
      const tries = plural(result.attempts, 'try', 'tries');
      const message = `${subject} seen from here ${result.way}: ${result.observed} after ${tries}`;
      return { ways, outcome: { ...outcome, evidence, result: 'unverified', code: 'operator-probe', message, hints } as const };
    }
  }
  return { ways, outcome: { ...outcome, evidence } };
}

/** The way that ssh took. */
function wayTo(target: SshTarget | null): Way {
  if (target === null) return { kind: 'local', address: '127.0.0.1' };
  const { address, bind, proxy } = target;
  if (proxy !== null) return { kind: 'carried', address, words: proxy };
  return bind === null ? { kind: 'via', address } : { kind: 'tailnet', address, bind };
}
