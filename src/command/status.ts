import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import { renderLooked } from '../report/status.ts';
import { statusVoiceOf } from '../report/voices.ts';
import type { LookName } from '../run/door.ts';
import type { Looked } from '../run/status-part.ts';
import { readPlaces, type StatusRequest } from '../status/index.ts';
import { CAPABILITIES } from './capabilities.ts';

export interface Status {
  rows: Readonly<Record<string, readonly object[]>>;
  /** Which closer looks were asked for, and what they saw. */
  asked: readonly LookName[];
  evidence: readonly Looked[];
  lines: readonly string[];
  /** The first that is not as it should be. */
  exit: ExitName;
}

/** What every capability has to tell, from one execution a host, and what it tells when it is asked to look closer. */
export async function readStatus(context: Context, request: StatusRequest, asked: readonly LookName[] = []): Promise<Status> {
  const parts = CAPABILITIES.flatMap(({ status = {} }) => Object.entries(status));
  const looks = CAPABILITIES.flatMap(({ closer = {} }) => asked.flatMap(name => closer[name] ?? []));
  const places = await readPlaces(
    context,
    request,
    parts.map(([, part]) => part),
    looks,
  );
  const told = parts.map(([key, part]) => {
    const rows = part.rows(places, context.config);
    return { key, rows, lines: statusVoiceOf(key)(rows, context.now()), exit: part.exit(rows) };
  });
  const evidence = places.flatMap(place => place.evidence);
  const exits = [...told.map(({ exit }) => exit), exitOfLooks(evidence)];
  return {
    rows: Object.fromEntries(told.map(({ key, rows }) => [key, rows])),
    asked,
    evidence,
    lines: [...told.flatMap(({ lines }) => lines), ...renderLooked(evidence)],
    exit: exits.find(exit => exit !== 'ok') ?? 'ok',
  };
}

function exitOfLooks(evidence: readonly Looked[]): ExitName {
  if (evidence.some(({ ok }) => ok === false)) return 'failed';
  return evidence.every(({ ok }) => ok) ? 'ok' : 'unknown';
}
