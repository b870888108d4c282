import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { OpsError } from '../errors.ts';

const MAX_BYTES = 256 * 1024;

/** The text of a config file and the sha256 of its bytes. Reads regular files only, and never more than the limit. */
export async function readConfigFile(file: string, label: string): Promise<{ text: string; digest: string }> {
  // A FIFO would make a plain open wait for its writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(error =>
    Promise.reject(cannotOpen(label, error)),
  );
  try {
    const bytes = await readBytes(handle, label);
    return { text: decode(bytes, label), digest: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await handle.close();
  }
}

async function readBytes(handle: FileHandle, label: string): Promise<Buffer> {
  const stats = await handle.stat();
  if (!stats.isFile())
    throw unreadable(label, `expected a file, found ${stats.isDirectory() ? 'a directory' : 'a device or a pipe'}`);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
  if (bytesRead <= MAX_BYTES) return buffer.subarray(0, bytesRead);
  throw unreadable(label, `expected at most ${MAX_BYTES / 1024} KB, found ${Math.ceil(stats.size / 1024)} KB`);
}

function decode(bytes: Buffer, label: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(label, 'expected UTF-8 text', error);
  }
}

function cannotOpen(label: string, error: unknown): OpsError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (code !== 'ENOENT') return unreadable(label, `cannot be opened (${code})`, error);
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
