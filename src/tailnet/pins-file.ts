import { basename, dirname, join } from 'node:path';
import { OpsError } from '../errors.ts';
import { readProjectFile, UnreadableFile } from '../files/project-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { parsePins, printPins } from './pins.ts';
import type { Pin } from './types.ts';

const MAX_BYTES = 1_048_576;

/** ops.pins lies beside ops.yaml. */
export function pinsFile(configFile: string): string {
  return join(dirname(configFile), 'ops.pins');
}

/**
 * No file means no pins yet.
 * @throws OpsError pins-damaged or pins-unreadable, exit usage.
 */
export async function loadPins(file: string): Promise<Pin[]> {
  const text = await readProjectFile({ root: dirname(file), path: basename(file) }, MAX_BYTES).catch(error => {
    if (error instanceof UnreadableFile && error.missing) return null;
    throw unreadable(file, error);
  });
  return text === null ? [] : parsePins(text.toString(), basename(file));
}

/** A reader sees the old pins or the new ones. */
export async function savePins(file: string, pins: readonly Pin[]): Promise<void> {
  const text = printPins(pins);
  try {
    await replaceFile(file, text, 0o644);
  } catch (error) {
    throw new OpsError('pins-unwritable', 'failed', `${file} could not be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function unreadable(file: string, error: unknown): OpsError {
  const reason = error instanceof UnreadableFile ? error.reason : (error as Error).message;
  return new OpsError('pins-unreadable', 'usage', `${file} could not be read: ${reason}`, {
    hint: 'put the file itself there, not a link to it',
    cause: error,
  });
}
