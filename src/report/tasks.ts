import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import type { OpsEvent } from '../context.ts';
import { formatMs } from '../format.ts';
import type { Redactor } from '../redact.ts';
import { sanitizeLine } from '../sanitize.ts';

type RowEvent = Extract<OpsEvent, { type: 'row' }>;
type Wrapper = ListrTaskWrapper<unknown, never, never>;

/** Rows of long work. Events arrive from the use-case; listr2 draws them on a terminal, plain lines go anywhere else. */
export interface Rows {
  event(event: RowEvent): void;
  /** Resolves when everything is drawn; rows that never started are left out. */
  finish(): Promise<void>;
}

export function createRows(names: readonly string[], stderr: NodeJS.WriteStream, redactor: Redactor): Rows {
  const clean = (text: string) => sanitizeLine(redactor.redact(text));
  return stderr.isTTY ? terminalRows(names, stderr, clean) : plainRows(names, stderr, clean);
}

/** One line when a row ends, and one for a phase that it announces: the same bytes on every run but for times. */
function plainRows(names: readonly string[], stderr: NodeJS.WriteStream, clean: (text: string) => string): Rows {
  const width = Math.max(...names.map(name => name.length), 8);
  const begun = new Map<string, number>();
  return {
    event: event => {
      if (event.state === 'start') begun.set(event.row, performance.now());
      if (event.state === 'start' || event.state === 'progress') return;
      const mark = event.state === 'done' ? '✔' : '✖';
      const took = formatMs(performance.now() - (begun.get(event.row) ?? performance.now()));
      stderr.write(`  ${mark} ${event.row.padEnd(width)}   ${clean(event.text)}   ${took}\n`);
    },
    finish: () => Promise.resolve(),
  };
}

function terminalRows(names: readonly string[], stderr: NodeJS.WriteStream, clean: (text: string) => string): Rows {
  const width = Math.max(...names.map(name => name.length), 8);
  const rows = new Map(names.map(name => [name, createRow()]));
  const list = new Listr(
    names.map(name => ({
      title: name,
      task: (_context: unknown, wrapper: unknown) => rows.get(name)!.attach(wrapper as Wrapper),
    })),
    {
      concurrent: true,
      exitOnError: false,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(stderr, stderr) }),
        collapseErrors: true,
        showErrorMessage: false,
        formatOutput: 'truncate',
      },
    } as never,
  );
  const drawn = list.run().catch(() => undefined);
  return {
    event: event => {
      const row = rows.get(event.row);
      if (!row) return;
      const title = `${event.row.padEnd(width)}   ${clean(event.text)}`;
      if (event.state === 'start') row.started = performance.now();
      if (event.state === 'start' || event.state === 'progress') row.title(title);
      else row.end(`${title}   ${formatMs(performance.now() - row.started)}`, event.state === 'done');
    },
    finish: async () => {
      for (const row of rows.values()) row.skip();
      await drawn;
    },
  };
}

/** A row that is told what to show before or after listr2 has got to it. */
function createRow() {
  let wrapper: Wrapper | null = null;
  let shown: string | null = null;
  let settle: (how: 'done' | 'failed' | 'skip') => void = () => undefined;
  const ended = new Promise<'done' | 'failed' | 'skip'>(resolve => {
    settle = resolve;
  });
  const title = (text: string) => {
    shown = text;
    if (wrapper) wrapper.title = text;
  };
  return {
    started: performance.now(),
    title,
    end: (text: string, ok: boolean) => {
      title(text);
      settle(ok ? 'done' : 'failed');
    },
    skip: () => settle('skip'),
    attach: async (given: Wrapper) => {
      wrapper = given;
      if (shown !== null) given.title = shown;
      const how = await ended;
      if (how === 'skip') given.skip();
      // listr2 marks a row as failed by its error; the words are in the title.
      if (how === 'failed') throw new RowFailed();
    },
  };
}

class RowFailed extends Error {}
