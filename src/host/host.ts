import { randomBytes } from 'node:crypto';
import type { Privilege } from '../config/types.ts';
import { OpsError } from '../errors.ts';
import { classifyFailedLook, classifyRemoteFailure, saidTooMuch } from '../exec/classify.ts';
import type { CommandSpec, HostRunner } from '../exec/runner.ts';
import { type Answer, AnswerReader } from './answer.ts';
import { type Blobs, compose, composeFacts, type Params } from './compose.ts';
import type { ProgramName } from './programs.ts';

const PRIVILEGE_WORDS: Readonly<Record<Privilege, readonly string[]>> = {
  root: [],
  sudo: ['sudo', '-n'],
  doas: ['doas', '-n'],
  none: [],
};

/** Words before a program that must run as root there. */
export function privilegeWords(privilege: Privilege): readonly string[] {
  return PRIVILEGE_WORDS[privilege];
}

export interface ProgramCall {
  program: ProgramName;
  privilege: Privilege;
  params: Params;
  blobs?: Blobs;
  deadlineMs: number;
  mutates: boolean;
  signal?: AbortSignal;
  /** Called with each progress line (`phase NAME`, `detail TEXT`) as it arrives. */
  onProgress?: (line: string) => void;
  /** Called with each line of a journal as it arrives; there may be any number of them, so the answer does not hold them. */
  onLog?: (line: string) => void;
  /** In bytes; without it a journal has no end. */
  mostOfLog?: number;
}

/**
 * Words that run the program behind this line of stdin, and nothing when the line is not what comes first: a start-up file of the
 * login shell may have read what was not for it, and a program without its beginning is another program.
 */
function behind(line: string, words: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', `IFS= read -r ops; [ "$ops" = ${line} ] && exec ${words.join(' ')}; echo not-${line}`];
}

/** 128 random bits for one call; compose says what they guard. */
function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/**
 * Runs one of our programs on a host: one remote execution. Throws an OpsError when there is no answer to read
 * (`outcome-unknown` when the program may have run). An `error CODE` of the program is an answer like any other.
 */
export async function runProgram(runner: HostRunner, call: ProgramCall): Promise<Answer> {
  const nonce = newNonce();
  const params = { privilege: call.privilege, ...call.params };
  const words = PRIVILEGE_WORDS[call.privilege];
  const composition = { nonce, params, ...(call.blobs && { blobs: call.blobs }) };
  const facts = call.program === 'facts';
  const stdin = facts ? composeFacts(words, composition) : compose(call.program, composition);
  const line = `head-${newNonce()}`;
  const [program, ...args] = behind(line, facts ? ['/bin/sh', '-s'] : [...words, '/bin/sh', '-s']);
  const { deadlineMs, mutates, onLog, onProgress } = call;
  const spec: CommandSpec = {
    program: program!,
    args,
    stdin: `${line}\n${stdin}`,
    deadlineMs,
    mutates,
    // The reader keeps what is of the answer, and no more than there may be.
    stdoutByLine: true,
  };
  const reader = new AnswerReader(nonce, call.mostOfLog);
  const result = await runner.run(spec, {
    ...(call.signal && { signal: call.signal }),
    onLine: (line, stream) => {
      if (stream !== 'stdout') return;
      const [key, value = ''] = reader.take(line) ?? [];
      if (key === 'progress') onProgress?.(value);
      if (key === 'log') onLog?.(value);
    },
    stopWhen: () => reader.excess !== null,
  });
  if (reader.excess !== null) throw saidTooMuch(runner.host, reader.excess);
  if (reader.beginning.includes(`not-${line}`)) throw stdinRead(runner.host);
  const answer = reader.end();
  if (answer !== null) return answer;
  const ended = { ...result, stdout: reader.beginning };
  throw facts ? classifyFailedLook(ended, runner.host) : classifyRemoteFailure(ended, runner.host);
}

function stdinRead(host: string): OpsError {
  return new OpsError(
    'stdin-read',
    'host-not-ready',
    `a start-up file of the login shell of ${host} reads what is sent to it: nothing was run`,
    {
      hint: 'look for a command there that reads its input (~/.bashrc, ~/.zshenv, config.fish), and give it </dev/null',
    },
  );
}

/** A transaction as the text of a program file, to be sent to what starts it as a blob. */
export function transactionText(program: ProgramName, params: Params, blobs: Blobs): string {
  return compose(program, { nonce: newNonce(), params, blobs });
}
