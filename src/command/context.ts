import { homedir } from 'node:os';
import { knownSecrets, loadConfig } from '../config/index.ts';
import { type Context, cacheDirOf, stateDirOf } from '../context.ts';
import { OpsError } from '../errors.ts';
import { LocalRunner } from '../exec/local.ts';
import type { PreflightMode } from '../preflight/types.ts';
import type { Output } from '../report/output.ts';

/** What the flags of any command say about hosts and how to talk to them. */
export interface ContextFlags {
  config?: string | undefined;
  via?: string | undefined;
  preflight?: string | undefined;
  auth?: string | undefined;
  'pin-new'?: boolean;
}

/** Flags, environment and ops.yaml as a use-case needs them. The redactor learns the secrets before anything is printed. */
export async function createContext(
  flags: ContextFlags,
  output: Output,
  signal: AbortSignal,
  emit: Context['emit'],
): Promise<Context> {
  const given = { auth: flags.auth, preflight: flags.preflight };
  const config = await loadConfig({
    cwd: workingDirectory(),
    env: process.env,
    home: homedir(),
    ...(flags.config === undefined ? {} : { file: flags.config }),
    flags: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  output.redactor.know(knownSecrets(config, process.env));
  const context: Context = {
    config: flags.via === undefined ? config : { ...config, overrides: [...config.overrides, `--via ${flags.via}`] },
    runner: new LocalRunner(),
    env: process.env,
    preflightMode: config.preflight as PreflightMode,
    via: flags.via ?? null,
    pinNew: null,
    stateDir: stateDirOf(process.env),
    cacheDir: cacheDirOf(process.env),
    signal,
    redactor: output.redactor,
    now: () => Date.now(),
    emit,
  };
  return flags['pin-new'] ? pinningFirst(context, output) : context;
}

async function pinningFirst(context: Context, output: Output): Promise<Context> {
  const { pinNewHosts } = await import('../hosts/index.ts');
  const pinNew: Context['pinNew'] = async hosts => {
    const ids = hosts.map(host => host.id);
    const pinned = await pinNewHosts(context, ids);
    if (pinned.length > 0) output.note([`pinned on first sight: ${pinned.join(', ')}`]);
  };
  return { ...context, pinNew };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new OpsError('cwd-missing', 'usage', 'the folder that ops was started in is not there any more', {
      hint: 'cd to the folder with ops.yaml, also where a new one has the same name',
    });
  }
}
