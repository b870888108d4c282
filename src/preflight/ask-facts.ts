import type { HostConfig } from '../config/types.ts';
import { CHECK_URL, INTERACTIVE_CHECK } from '../exec/browser-check.ts';
import type { HostRunner, RunOptions } from '../exec/runner.ts';
import { readFrom } from '../host/answer.ts';
import { type FactQuestion, paramsOf, parseFacts } from '../host/facts/section.ts';
import type { HostFacts } from '../host/facts/types.ts';
import { runProgram } from '../host/host.ts';

/** Connection, login and the program together. A cold one over a slow relay takes 2 s. */
const DEADLINE_MS = 30_000;

/** Everything about a host in one remote execution. @throws OpsError of classifyRemoteFailure. */
export async function askFacts(
  session: HostRunner,
  host: HostConfig,
  sections: readonly FactQuestion[],
  signal: AbortSignal | undefined,
): Promise<HostFacts> {
  const answer = await runProgram(endAtPrompt(session), {
    program: 'facts',
    privilege: host.privilege,
    params: paramsOf(sections),
    deadlineMs: DEADLINE_MS,
    mutates: false,
    ...(signal ? { signal } : {}),
  });
  return readFrom(host.id, () => parseFacts(answer, sections));
}

/**
 * A server in check mode prints where to authenticate and then holds the login for up to 30 minutes, in spite of
 * BatchMode and ConnectTimeout. Nobody is there to answer: ends ssh at the line that names the URL.
 */
function endAtPrompt(session: HostRunner): HostRunner {
  return {
    host: session.host,
    get executions() {
      return session.executions;
    },
    run: (spec, options: RunOptions = {}) => {
      let prompted = false;
      return session.run(spec, {
        ...options,
        stopWhen: (line, stream) => {
          if (options.stopWhen?.(line, stream)) return true;
          if (stream !== 'stderr') return false;
          prompted ||= INTERACTIVE_CHECK.test(line);
          return prompted && CHECK_URL.test(line);
        },
      });
    },
    upload: (upload, options) => session.upload(upload, options),
    close: () => session.close(),
  };
}
