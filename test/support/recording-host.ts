import type { CommandSpec, HostRunner, Result, RunOptions, Upload } from '../../src/exec/runner.ts';
import { readProgramFile } from '../../src/host/compose.ts';
import { PROGRAM_FILES, type ProgramName } from '../../src/host/programs.ts';

/** One of our programs, as it was sent. */
export interface Sent {
  program: ProgramName;
  params: Readonly<Record<string, readonly string[]>>;
  blobs: Readonly<Record<string, string>>;
}

export type Answered = readonly string[] | Partial<Result>;

/**
 * A host at the other end of a connection: writes down what it is sent, and answers each program with the lines that the test
 * says. Everything of `src/` up to the runner is real.
 */
export class RecordingHost implements HostRunner {
  readonly host: string;
  executions = 0;
  readonly sent: Sent[] = [];
  readonly uploads: Upload[] = [];
  readonly commands: CommandSpec[] = [];
  readonly #answer: (sent: Sent) => Answered;
  readonly #upload: Partial<Result>;

  constructor(host: string, answer: (sent: Sent) => Answered, upload: Partial<Result> = {}) {
    this.host = host;
    this.#answer = answer;
    this.#upload = upload;
  }

  async run(spec: CommandSpec, options: RunOptions = {}): Promise<Result> {
    this.executions += 1;
    const text = String(spec.stdin ?? '');
    if (text === '') {
      this.commands.push(spec);
      return WELL;
    }
    const sent = readSent(text.slice(text.indexOf('\n') + 1));
    this.sent.push(sent);
    const answer = this.#answer(sent);
    if (!Array.isArray(answer)) return { ...WELL, ...answer };
    const lines = [...answer, 'end 0'].map(line => `@${sent.params.nonce![0]} ${line}`);
    for (const line of lines) options.onLine?.(line, 'stdout');
    return { ...WELL, stdout: `${lines.join('\n')}\n` };
  }

  async upload(upload: Upload): Promise<Result> {
    this.executions += 1;
    this.uploads.push(upload);
    return { ...WELL, ...this.#upload };
  }

  async close(): Promise<void> {}

  /** What the transactions that were started here were told, in order. */
  get transactions(): Sent[] {
    return this.sent.filter(({ program }) => program.endsWith('.start')).map(transactionIn);
  }
}

const WELL: Result = { exit: 0, reason: 'exited', stdout: '', stderr: '', durationMs: 1 };

/** The program that a `start` brings along. */
export function transactionIn({ blobs }: Sent): Sent {
  return readSent(blobs.program!);
}

/** The composed text of a program back to what it was made of. */
function readSent(text: string): Sent {
  const program = (Object.keys(PROGRAM_FILES) as ProgramName[]).find(name =>
    text.startsWith(`{ ops_main() {\n${PROGRAM_FILES[name].map(readProgramFile).join('')}}\nops_main <<`),
  );
  if (program === undefined) throw new Error('not one of our programs');
  const data = text
    .slice(text.lastIndexOf('\nops_main <<') + 1)
    .split('\n')
    .slice(1, -3);
  const end = data.indexOf('.');
  const params: Record<string, string[]> = {};
  for (const line of data.slice(0, end)) {
    const [name, value] = cut(line);
    params[name] = [...(params[name] ?? []), value];
  }
  const blobs: Record<string, string> = {};
  for (const line of data.slice(end + 1)) {
    const [name, value] = cut(line.slice(1));
    blobs[name] = name in blobs ? `${blobs[name]}${value}\n` : '';
  }
  return { program, params, blobs };
}

function cut(line: string): [string, string] {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
