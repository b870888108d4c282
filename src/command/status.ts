import type { Context } from '../context.ts';
import type { ExitName } from '../errors.ts';
import { renderHostRuns, renderStatus } from '../report/status.ts';
import type { SeenPlace, StatusPart } from '../run/status-part.ts';
import { appsStatus, hostsStatus, readPlaces, type StatusRequest } from '../status/index.ts';

type Voice<Row> = (rows: readonly Row[], now: number) => string[];

/** What `ops status` tells, a line for each capability: its key in the document, its part and its voice. */
const TOLD = {
  apps: told(appsStatus, renderStatus),
  hosts: told(hostsStatus, renderHostRuns),
};

function told<Row>(part: StatusPart<Row>, voice: Voice<Row>) {
  return {
    sections: part.sections,
    of: (places: readonly SeenPlace[], { config, now }: Context) => {
      const rows = part.rows(places, config);
      return { rows, lines: voice(rows, now()), exit: part.exit(rows) };
    },
  };
}

export interface Status {
  rows: Readonly<Record<string, readonly object[]>>;
  lines: readonly string[];
  /** The first that is not as it should be. */
  exit: ExitName;
}

/** Reads each host in one execution. */
export async function readStatus(context: Context, request: StatusRequest): Promise<Status> {
  const places = await readPlaces(context, request, Object.values(TOLD));
  const parts = Object.entries(TOLD).map(([key, part]) => ({ key, ...part.of(places, context) }));
  return {
    rows: Object.fromEntries(parts.map(({ key, rows }) => [key, rows])),
    lines: parts.flatMap(({ lines }) => lines),
    exit: parts.find(({ exit }) => exit !== 'ok')?.exit ?? 'ok',
  };
}
