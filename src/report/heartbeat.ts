import type { OpsEvent } from '../context.ts';
import { formatMs } from '../format.ts';

/** Systems that run jobs take a job that says nothing for hung. */
const EVERY_MS = 15_000;

/** Where no terminal shows what is being worked on: a line each time that nothing was said for a while. */
export class Heartbeat {
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  #asked = '';
  readonly #rows = new Map<string, string>();

  constructor(note: (line: string) => void) {
    this.#timer = setInterval(() => note(`  … ${this.#work()}   ${formatMs(performance.now() - this.#started)}`), EVERY_MS);
    this.#timer.unref();
  }

  /** What is worked on from now on. */
  sees(event: OpsEvent): void {
    if (event.type === 'waiting') this.#asked = event.text.replace(/…$/, '');
    else if (event.type === 'row') {
      if (event.state === 'start' || event.state === 'progress') this.#rows.set(event.row, event.text);
      else this.#rows.delete(event.row);
    }
  }

  /** Something else was said. */
  rest(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #work(): string {
    const rows = [...this.#rows].map(([row, text]) => `${row} ${text}`);
    return rows.join(', ') || this.#asked || 'still at work';
  }
}
