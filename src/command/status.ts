import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import { statusVoiceOf } from '../report/voices.ts';
import { readPlaces, type StatusRequest } from '../status/index.ts';
import { CAPABILITIES } from './capabilities.ts';

export interface Status {
  rows: Readonly<Record<string, readonly object[]>>;
  lines: readonly string[];
  /** The first that is not as it should be. */
  exit: ExitName;
}

/** What every capability has to tell, from one execution a host. */
export async function readStatus(context: Context, request: StatusRequest): Promise<Status> {
  const parts = CAPABILITIES.flatMap(({ status = {} }) => Object.entries(status));
  const places = await readPlaces(
    context,
    request,
    parts.map(([, part]) => part),
  );
  const told = parts.map(([key, part]) => {
    const rows = part.rows(places, context.config);
    return { key, rows, lines: statusVoiceOf(key)(rows, context.now()), exit: part.exit(rows) };
  });
  return {
    rows: Object.fromEntries(told.map(({ key, rows }) => [key, rows])),
    lines: told.flatMap(({ lines }) => lines),
    exit: told.find(({ exit }) => exit !== 'ok')?.exit ?? 'ok',
  };
}
