import type { AppConfig } from '../config/types.ts';
import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import { type Answer, blocks } from '../host/answer.ts';
import { appIn } from '../host/facts/apps.ts';
import { currentRelease } from '../host/facts/releases.ts';
import { runProgram } from '../host/host.ts';
import { hostPlanOf } from '../run/host-plan.ts';
import type { OpenHost } from '../run/part.ts';
import type { CloserLook, Looked } from '../run/status-part.ts';
import { askedOf } from './execute/ask-from-here.ts';
import { probeFromHere } from './execute/probe.ts';
import { questionsOf } from './release/spec.ts';

/** Reading the whole tree of a release takes as long as its disk does; probes wait for their answers. */
const LOOK_MS = 10 * 60_000;

/** Is every file of the release that serves as it was sent? */
export const lookAtTree: CloserLook = async (context, open, app) => {
  const release = serving(open, app);
  if (release === null) return [];
  const seen = (ok: boolean | null, observed: string) => [
    claim(context, open, app, { vantage: 'host', subject: release.id, claim: 'tree', observed, ok }),
  ];
  const answer = await askHost(context, open, app, 'tree');
  if (answer instanceof OpsError) return seen(null, answer.message);
  const differs = answer.get('differs');
  if (differs !== undefined) return seen(false, differs);
  return answer.get('tree') === 'same' ? seen(true, 'as its manifest says') : seen(null, saidInstead(answer));
};

/** Each probe once: as the release has them, from the host and from here. */
export const askProbes: CloserLook = async (context, open, app) => {
  const release = serving(open, app);
  if (release === null) return [];
  if (release.probes.length === 0) {
    const seen = { vantage: 'host', subject: release.id, claim: 'probes', observed: 'it has none', ok: true } as const;
    return [claim(context, open, app, seen)];
  }
  return [...(await askThere(context, open, app)), ...(await askHere(context, open, app))];
};

async function askThere(context: Context, open: OpenHost, app: AppConfig): Promise<Looked[]> {
  const answer = await askHost(context, open, app, 'probes');
  const unknown = (observed: string) =>
    claim(context, open, app, { vantage: 'host', subject: app.id, claim: 'probes', observed, ok: null });
  if (answer instanceof OpsError) return [unknown(answer.message)];
  if (answer.status !== 0) return [unknown(saidInstead(answer))];
  return blocks(answer.all('probe')).map(block => {
    const [id, subject = '', answered, observed = ''] = ['id', 'target', 'answered', 'observed'].map(key => block.get(key)?.[0]);
    return claim(context, open, app, { vantage: 'host', subject, claim: `probe ${id}`, observed, ok: answered === 'yes' });
  });
}

async function askHere(context: Context, open: OpenHost, app: AppConfig): Promise<Looked[]> {
  const { fqdn } = hostPlanOf(open.host, open.session);
  const asked = askedOf(context, fqdn, open.session.target);
  return Promise.all(
    questionsOf(serving(open, app)).map(async probe => {
      const { ok, observed, way } = await probeFromHere(context.runner, { ...probe, attempts: 1 }, asked, context.signal);
      const subject = probe.target;
      return claim(context, open, app, {
        ...{ vantage: 'operator', subject, claim: `probe ${probe.id}` },
        ...{ observed: `${observed} ${way}`, ok },
      });
    }),
  );
}

function serving({ session }: OpenHost, app: AppConfig) {
  const facts = appIn(session.facts, app);
  return facts && currentRelease(facts);
}

/** The program, or why nobody knows what it would have said. */
async function askHost(context: Context, { host, session }: OpenHost, app: AppConfig, look: string): Promise<Answer | OpsError> {
  try {
    return await runProgram(session.runner, {
      program: 'closer',
      privilege: host.privilege,
      params: { app: app.id, path: app.path, look },
      deadlineMs: LOOK_MS,
      mutates: false,
      signal: context.signal,
    });
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}

function saidInstead(answer: Answer): string {
  return answer.get('detail') ?? answer.get('unknown') ?? 'the host did not say';
}

function claim(
  context: Context,
  { host }: OpenHost,
  app: AppConfig,
  seen: Pick<Looked, 'vantage' | 'subject' | 'claim' | 'observed' | 'ok'>,
): Looked {
  return { app: app.id, host: host.id, ...seen, at: new Date(context.now()).toISOString() };
}
