import { getSystemErrorMessage } from 'node:util';

/**
 * Who reads what ops prints may go away, a terminal may close, a disk may be full: none of this ends a run. A result that
 * could not be written is said at the end, on stderr; who closed the pipe on purpose, like head, knows already.
 */
export function outliveReaders({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): void {
  let unwritten = false;
  stderr.on('error', () => undefined);
  // oclif's own listener throws whatever is not EPIPE.
  stdout.removeAllListeners('error');
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || unwritten) return;
    unwritten = true;
    process.once('exit', code => {
      process.exitCode = code || 1;
      const why = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno);
      stderr.write(`stdout could not be written: ${why} (output-unwritten) · exit ${process.exitCode}\n`);
    });
  });
}
