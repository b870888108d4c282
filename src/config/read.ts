import { createHash } from 'node:crypto';
import { OpsError } from '../errors.ts';
import { readGivenFile, readProjectFile, UnreadableFile } from '../files/project-file.ts';
import type { ConfigPlace } from './find.ts';

const MAX_BYTES = 256 * 1024;

/** The text of a config file and the sha256 of its bytes. Reads regular files only, and never more than the limit. */
export async function readConfigFile(place: ConfigPlace, label: string): Promise<{ text: string; digest: string }> {
  const { file, inside } = place;
  const reading = inside === null ? readGivenFile(file, MAX_BYTES) : readProjectFile(inside, MAX_BYTES);
  const bytes = await reading.catch(error => Promise.reject(cannotRead(label, error)));
  return { text: decode(bytes, label), digest: createHash('sha256').update(bytes).digest('hex') };
}

function decode(bytes: Buffer, label: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(label, 'expected UTF-8 text', error);
  }
}

function cannotRead(label: string, error: unknown): unknown {
  if (!(error instanceof UnreadableFile)) return error;
  if (!error.missing) return unreadable(label, error.reason, error);
  return new OpsError('config-not-found', 'usage', `${label}: no such file`, {
    hint: 'ops config check --config FILE',
    cause: error,
  });
}

function unreadable(label: string, why: string, cause?: unknown): OpsError {
  return new OpsError('config-unreadable', 'usage', `${label}: ${why}`, {
    problems: [{ at: `${label}:1:1`, message: why }],
    cause,
  });
}
