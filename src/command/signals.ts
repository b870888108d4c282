import { EXIT_CODES } from '../errors.ts';

const SIGNALS = [
  ['SIGINT', 'interrupted'],
  ['SIGTERM', 'terminated'],
  ['SIGHUP', 'terminated'],
] as const;

/**
 * Once asks the work to stop at a safe point, twice leaves. What runs on a host goes on there either way: `changing` names the
 * run that is changing hosts, null while none is.
 */
export function listenToSignals(abort: AbortController, changing: () => string | null, note: (text: string) => void): void {
  for (const [signal, exit] of SIGNALS) {
    process.on(signal, () => {
      const run = changing();
      if (abort.signal.aborted) {
        // Of a terminal that closes there may be two, from the kernel and from its shell: nobody is there to insist.
        if (signal === 'SIGHUP') return;
        if (run !== null) note(`  Left: a host may still be at work. How it ended: → ops resume ${run}`);
        process.exit(EXIT_CODES[exit].code);
      }
      const where = run !== null ? ' at the next safe point (again to leave it to the hosts)' : ' (again to leave at once)';
      note(`  Stopping${where}…`);
      abort.abort(exit);
    });
  }
}
