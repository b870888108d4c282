import { BugError } from '../errors.ts';
import { readOnly } from '../exec/local.ts';
import type { CommandSpec, HostRunner, Runner } from '../exec/runner.ts';

/** This machine, for looking only. An interruption ends whatever is running. */
export function lookOnly(runner: Runner, signal?: AbortSignal): Runner {
  const looking = readOnly(runner, refuse);
  return { run: (spec, options) => looking.run(spec, { ...(signal ? { signal } : {}), ...options }) };
}

/** A host, for looking only: nothing that changes it runs, nothing is uploaded. Executions count on the session itself. */
export function lookOnlyHost(session: HostRunner): HostRunner {
  return {
    host: session.host,
    get executions() {
      return session.executions;
    },
    run: (spec, options) => (spec.mutates ? refuse(spec) : session.run(spec, options)),
    upload: upload => refuse({ program: `upload to ${upload.to}` }),
    close: () => session.close(),
  };
}

function refuse(spec: Pick<CommandSpec, 'program'>): never {
  throw new BugError(`preflight only looks, but was asked to run something that changes: ${spec.program}`);
}
