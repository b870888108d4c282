import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OpsError } from '../errors.ts';
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
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw unreadable(file, `larger than ${MAX_BYTES} bytes`);
    return parsePins(await readFile(file, 'utf8'), basename(file));
  } catch (error) {
    if (error instanceof OpsError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw unreadable(file, message, error);
  }
}

/** All or nothing, also through a power cut: a reader sees the old pins or the new ones. */
export async function savePins(file: string, pins: readonly Pin[]): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(printPins(pins));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OpsError('pins-unwritable', 'failed', `${file} could not be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, why: string, cause?: unknown): OpsError {
  return new OpsError('pins-unreadable', 'usage', `${file} could not be read: ${why}`, { cause });
}
