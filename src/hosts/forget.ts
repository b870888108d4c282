import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import type { Answer } from '../host/answer.ts';
import { runProgram } from '../host/host.ts';
import { findHost, runPreflight } from '../preflight/index.ts';
import { PreflightRefused } from '../preflight/refused.ts';
import type { HostSession, Preflight } from '../preflight/types.ts';
import { loadPins, pinsFile, savePins } from '../tailnet/pins-file.ts';
import { forgetting } from './purposes.ts';

export interface ForgetRequest {
  host: string;
  /** null = all apps, and then the host's pin as well. */
  app: string | null;
  /** Releases, current and shared go, too. */
  trees: boolean;
}

/** One thing of ours on the host. */
export interface Belonging {
  kind: string;
  path: string;
}

export interface PreparedForget {
  request: ForgetRequest;
  belongings: readonly Belonging[];
  session: HostSession;
  preflight: Preflight;
  close(): Promise<void>;
}

const KINDS = ['unit', 'dropin', 'env', 'restored', 'marker', 'leftover', 'tree', 'link', 'state'];

/** Lists everything of ours on a host; the removal walks the same way. */
export async function prepareForget(context: Context, request: ForgetRequest): Promise<PreparedForget> {
  // One that was taken out of ops.yaml already: how it is reached and who ops is there stood in ops.yaml only.
  const host = findHost(context, request.host, `put ${request.host} back under hosts: in ops.yaml until it is forgotten`);
  const preflight = await runPreflight(context, [host], forgetting);
  try {
    const session = preflight.sessions.get(request.host);
    if (!session || forgetting.bars(preflight)) throw new PreflightRefused(preflight);
    const answer = await forget(context, session, request, 'list');
    return { request, belongings: belongingsIn(answer), session, preflight, close: () => preflight.close() };
  } catch (error) {
    await preflight.close();
    throw error;
  }
}

export interface Forgotten {
  /** What is still ours there, looked at afterwards: nothing, when all went well. */
  left: readonly Belonging[];
  /** Trees of the apps that are still there: nobody asked for them, or an adopted installation is in them. */
  stays: readonly string[];
}

/** Removes them, and the host's pin when nothing of ours is left there. */
export async function executeForget(context: Context, prepared: PreparedForget): Promise<Forgotten> {
  const { session, request } = prepared;
  const removed = await forget(context, session, request, 'remove');
  const left = belongingsIn(await forget(context, session, request, 'list'));
  if (left.length === 0) await forgetPin(context, prepared);
  return { left, stays: removed.all('stays') };
}

function belongingsIn(answer: Answer): Belonging[] {
  return KINDS.flatMap(kind => answer.all(kind).map(path => ({ kind, path })));
}

async function forgetPin(context: Context, prepared: PreparedForget): Promise<void> {
  const fqdn = prepared.session.peer?.fqdn;
  if (prepared.request.app !== null || fqdn === undefined) return;
  const file = pinsFile(context.config.file);
  const pins = await loadPins(file);
  if (pins.some(pin => pin.fqdn === fqdn))
    await savePins(
      file,
      pins.filter(pin => pin.fqdn !== fqdn),
    );
}

async function forget(context: Context, session: HostSession, request: ForgetRequest, mode: 'list' | 'remove'): Promise<Answer> {
  const host = findHost(context, request.host);
  const answer = await runProgram(session.runner, {
    program: 'forget',
    privilege: host.privilege,
    params: { mode, app: request.app ?? '', trees: request.trees ? '1' : '' },
    deadlineMs: 5 * 60_000,
    mutates: mode === 'remove',
  });
  const error = answer.get('error');
  if (error === undefined) return answer;
  throw new OpsError(error, error === 'lock-held' ? 'lock-held' : 'failed', `${host.id}: ${answer.get('detail') ?? error}`, {
    hint: 'ops status',
  });
}
