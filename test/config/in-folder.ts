import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/index.ts';
import type { Config, ConfigRequest } from '../../src/config/types.ts';
import { OpsError } from '../../src/errors.ts';

/** A project folder that lives as long as the test: file name → contents. */
export async function folder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ops-config-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), contents);
  }
  return root;
}

export function load(cwd: string, request: Partial<ConfigRequest> = {}): Promise<Config> {
  return loadConfig({ cwd, env: {}, home: '/home/dana', ...request });
}

/** The OpsError that loading ends in; anything else fails the test. */
export async function refusal(cwd: string, request: Partial<ConfigRequest> = {}): Promise<OpsError> {
  const outcome = await load(cwd, request).catch((error: unknown) => error);
  if (outcome instanceof OpsError) return outcome;
  throw new TypeError(`expected an OpsError, found ${outcome instanceof Error ? outcome.stack : 'a config'}`);
}

/** Problems as `AT KEY: MESSAGE` lines. */
export function lines(error: OpsError): string[] {
  return error.problems.map(({ at, key, message }) => [at, key && `${key}:`, message].filter(Boolean).join(' '));
}
