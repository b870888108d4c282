import { type Context, createRunId } from '../context.ts';
import { OpsError } from '../errors.ts';
import { formatPhase } from '../format.ts';
import { currentRelease } from '../host/facts/releases.ts';
import { servingUnits } from '../host/facts/services.ts';
import type { RunFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import type { HostOutcome } from '../plan/outcome.ts';
import { reading } from '../preflight/purposes.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import { type Found, findRun, type Place, placesOf } from '../run/find.ts';
import { followHost, type HostRun, hostRun, toldOf, untouched } from '../run/follow.ts';
import { type OpenHost, openHosts } from '../run/open.ts';
import { outcomeOf, unknownOutcome } from '../run/start.ts';
import { askFromHere } from './execute/ask-from-here.ts';
import { confirm } from './execute/confirm.ts';
import { transactionLimitMs } from './execute/order.ts';
import { takeBack } from './execute/put-back.ts';
import { planAsItIs, planWithoutUpload, probeFromHere, restart } from './plan/base.ts';
import { planInput } from './prepare.ts';
import { type PreparedRun, plannedHost, planOver } from './rollback.ts';

export interface ResumeRequest {
  /** null = the last run of the app. */
  run: string | null;
}

export interface PreparedResume extends PreparedRun {
  /** By host id. */
  found: ReadonlyMap<string, Found>;
}

export async function prepareResume(context: Context, request: ResumeRequest): Promise<PreparedResume> {
  const places = await placesOf(context, request.run);
  let refused: PreflightRefused | null = null;
  for (const place of places) {
    try {
      const prepared = await lookAt(context, place, request.run);
      if (request.run === null || [...prepared.found.values()].some(({ run }) => run !== null)) return prepared;
      await prepared.close();
    } catch (error) {
      if (!(error instanceof PreflightRefused)) throw error;
      refused ??= error;
    }
  }
  // A host that could not be asked may be the one that knows it.
  if (refused) throw refused;
  const apps = places.map(({ app }) => app.id).join(', ');
  throw new OpsError('run-unknown', 'failed', `no host of ${apps} knows a run ${request.run}`, { hint: 'ops status' });
}

async function lookAt(context: Context, { app, hosts }: Place, wanted: string | null): Promise<PreparedResume> {
  const open = await openHosts(context, hosts, reading(app));
  let found: PreparedResume['found'];
  try {
    found = new Map(await Promise.all(open.hosts.map(async item => [item.host.id, await findRun(app, item, wanted)] as const)));
  } catch (error) {
    await open.close();
    throw error;
  }
  const prepared = await planOver(open, app, items =>
    planWithoutUpload(
      'resume',
      planInput(context, app, createRunId()),
      items.map(item => {
        const asItIs = planAsItIs(plannedHost(context, item));
        const seen = found.get(item.host.id)!;
        if (seen.kind !== 'half-way') return asItIs;
        const before = item.facts.releases.find(({ id, state }) => id === seen.run.before && state === 'proven');
        const steps = [...restart(servingUnits(app, item.facts)), ...probeFromHere(app)];
        return { ...asItIs, release: seen.run.release, backTo: before?.id ?? asItIs.backTo, steps };
      }),
      items.map(item => currentRelease(item.facts)),
    ),
  );
  return { ...prepared, found };
}

/**
 * Watches what is alive, reports what has ended, and proves or takes back what was cut off half-way. Whoever was cut off may
 * not have come to the questions asked from here: they are asked of what serves now.
 */
export async function executeResume(context: Context, prepared: PreparedResume): Promise<HostOutcome[]> {
  const resumed = await Promise.all(
    prepared.hosts.map(async open => {
      const plan = prepared.plan.hosts.find(candidate => candidate.host === open.host.id)!;
      return { ...open, plan, outcome: await resumeHost(context, prepared, open, prepared.found.get(open.host.id)!) };
    }),
  );
  const serving = resumed.filter(({ outcome }) => outcome.result === 'deployed');
  const asked = await askFromHere(
    context,
    prepared,
    serving,
    serving.map(({ outcome }) => outcome),
  );
  const settled = await Promise.all(
    resumed.map(async open => {
      const outcome = asked.find(({ host }) => host === open.host.id) ?? open.outcome;
      if (outcome.result !== 'unverified') return outcome;
      // What had ended before may have served for a year: that it does not answer here is told, and nothing more.
      const found = prepared.found.get(open.host.id)!;
      if (found.kind !== 'half-way') return { ...outcome, hints: [...outcome.hints, `ops rollback ${prepared.app.id}`] };
      return takeBack(
        context,
        hostRun(prepared, { ...open, started: context.now() }),
        { plan: open.plan, who: open.session.facts.who },
        outcome,
        found.run.mode === 'rollback' ? 'proven' : 'failed',
      );
    }),
  );
  return confirm(context, prepared.app, resumed, settled);
}

async function resumeHost(context: Context, prepared: PreparedResume, open: OpenHost, found: Found): Promise<HostOutcome> {
  const { host, session, facts } = open;
  const run = hostRun(prepared, { ...open, started: context.now() });
  switch (found.kind) {
    case 'alive':
    case 'ended':
      return attach(context, run, found.run);
    case 'older':
      return recall(context, run, open, found.run);
    case 'nothing-changed':
      return {
        ...untouched(context, run, 'not-started', facts.current?.release ?? null),
        message: found.run
          ? `${found.run.mode} ${found.run.run} by ${found.run.by} is ${formatPhase(found.run.phase)}, or was cut off there: it has changed nothing`
          : 'nothing is unfinished here',
        hints: found.run ? [`ops deploy ${prepared.app.id}`] : [],
      };
    case 'half-way': {
      const plan = prepared.plan.hosts.find(candidate => candidate.host === host.id)!;
      return followHost(context, run, {
        plan,
        run: prepared.plan,
        app: prepared.app,
        host,
        who: session.facts.who,
        mode: 'resume',
      });
    }
  }
}

/** Follows a run that somebody else started, from its first line to its record. */
async function attach(context: Context, run: HostRun, running: RunFacts): Promise<HostOutcome> {
  const row = (state: 'start' | 'progress' | 'done' | 'failed', text: string) =>
    context.emit({ type: 'row', row: run.host.id, state, text });
  row('start', `watching ${running.run}`);
  const told = () => ({ ...toldOf(context, run), run: running.run });
  try {
    const answer = await runProgram(run.runner, {
      program: 'follow',
      privilege: run.host.privilege,
      params: { app: run.app.id, path: run.app.path, run: running.run },
      deadlineMs: transactionLimitMs(run.app) + 60_000,
      mutates: false,
      signal: context.signal,
      onProgress: line => {
        const [kind, phase = ''] = line.split(' ');
        if (kind === 'phase') row('progress', formatPhase(phase));
      },
    });
    const outcome = outcomeOf(answer, told());
    const well = outcome.result === 'deployed' || outcome.result === 'pruned';
    row(well ? 'done' : 'failed', outcome.message ?? `${running.mode} ${running.run} ended well`);
    return outcome;
  } catch (error) {
    const message = error instanceof OpsError ? error.message : String(error);
    row('failed', message);
    return unknownOutcome(told(), `${message}; watching changes nothing: what runs there goes on`);
  }
}

/** A run that others came after: its own record, which says nothing of how the host is now. */
function recall(context: Context, run: HostRun, { facts }: OpenHost, older: RunFacts): HostOutcome {
  const { outcome, reason } = older.record ?? {};
  const ended = outcome ? `ended as ${outcome[0]}` : 'left no record';
  const why = reason?.[0] ? ` (${reason[0]})` : '';
  const next = facts.lastRun ? `; ${facts.lastRun.mode} ${facts.lastRun.run} came after it` : '';
  return {
    ...untouched(context, run, 'not-started', facts.current?.release ?? null),
    message: `${older.mode} ${older.run} by ${older.by} ${ended}${why}${next}`,
    hints: [`ops status ${run.app.id}`],
  };
}
