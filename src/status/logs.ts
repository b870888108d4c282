import type { Context } from '../context.ts';
import { OpsError } from '../errors.ts';
import { refusalIn } from '../host/answer.ts';
import { servingUnits, unitsOf } from '../host/facts/services.ts';
import type { AppFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';
import { chooseApp, hostsOf } from '../preflight/index.ts';
import { reading } from '../preflight/purposes.ts';
import { openHosts } from '../run/open.ts';

export interface LogsRequest {
  app: string | null;
  hosts: readonly string[];
  /** Id of a release or the end of one: only what its processes wrote. */
  release: string | null;
  lines: number;
  /** As journalctl understands it, e.g. `10 min ago`. */
  since: string | null;
  follow: boolean;
}

export interface LogLines {
  host: string;
  lines: readonly string[];
}

const FOLLOW_MS = 24 * 3_600_000;
/** Of what is asked for at once. A message has any number of lines, so that their number says nothing. */
const MOST_BYTES = 64_000_000;

/** The journal of the app's units on its hosts. With `follow`, lines are handed on as they come until the signal ends it. */
export async function readLogs(
  context: Context,
  request: LogsRequest,
  onLine: (host: string, line: string) => void,
): Promise<LogLines[]> {
  const app = chooseApp(context, request.app);
  const hosts = hostsOf(context, app, request.hosts);
  const open = await openHosts(context, hosts, reading(app));
  try {
    return await Promise.all(
      open.hosts.map(async ({ host, session, facts }) => {
        const lines: string[] = [];
        const answer = await runProgram(session.runner, {
          program: 'logs',
          privilege: host.privilege,
          params: {
            app: app.id,
            unit: [...new Set([...unitsOf(app), ...servingUnits(app, facts)])],
            lines: String(request.lines),
            since: request.since ?? '',
            release: request.release === null ? '' : releaseNamed(facts, host.id, request.release),
            follow: request.follow ? '1' : '',
          },
          deadlineMs: request.follow ? FOLLOW_MS : 60_000,
          mutates: false,
          signal: context.signal,
          ...(!request.follow && { mostOfLog: MOST_BYTES }),
          onLog: line => {
            if (!request.follow) lines.push(line);
            onLine(host.id, line);
          },
        });
        const refusal = refusalIn(answer);
        if (refusal !== null) {
          const { code, detail } = refusal;
          const more = code === 'release-unknown' ? { hint: `ops releases ${app.id}` } : {};
          throw new OpsError(code, 'failed', `${host.id}: ${detail ?? code}`, more);
        }
        return { host: host.id, lines };
      }),
    );
  } finally {
    await open.close();
  }
}

function releaseNamed({ releases }: AppFacts, host: string, wanted: string): string {
  const found = releases.filter(release => release.id === wanted || release.id.endsWith(wanted));
  const exact = found.find(release => release.id === wanted) ?? found[0];
  if (exact && (found.length === 1 || exact.id === wanted)) return exact.id;
  const what = found.length > 1 ? `names ${found.map(release => release.id).join(' and ')}` : 'is not a release';
  throw new OpsError('release-unknown', 'usage', `${wanted} ${what} on ${host}`, { hint: 'ops releases' });
}
